"""scikit-learn's digits as an .npz: python digits.py OUT.npz (in the environment `quantizer`, which alone has them)."""

import sys

import numpy as np
from sklearn.datasets import load_digits

found = load_digits()
np.savez(sys.argv[1], images=(found.images / 16).astype("float32"), labels=found.target.astype("int32"))
