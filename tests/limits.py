"""The largest difference from the model that a file may show, over the largest reference value. Integers are exact."""

LIMITS = {
    "float32": 1e-5,
    "float16": 2e-3,
    "bfloat16": 1.6e-2,
    # A file in half precision against the same layers and weights computed in float32: no further than Keras is itself.
    "float16 beside float32": 2e-3,
    "bfloat16 beside float32": 1.6e-2,
    # With integer weights the runtime rounds the other operand of a product to 8 bits a row.
    "int8 activations": 1.5e-2,
    # What two backends compute of one formula in float32: two steps of its 24 bits.
    "constants of a backend": 2.5e-7,
    "near zero": 1e-6,  # absolute, where numbers from 0 to 1e15 are compared one by one
}
