"""Images."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import op

OPS = (
    op(
        """
        image.affine_transform image.elastic_transform image.hsv_to_rgb
        image.perspective_transform image.rgb_to_hsv
        """,
        lengths=lengths.like("images"),
    ),
    op(
        """
        image.crop_images image.map_coordinates image.pad_images image.rgb_to_grayscale
        image.sobel_edges image.ssim
        """,
    ),
    op("image.scale_and_translate", asks=True),
    op("image.extract_patches", handler=handlers.patches, lengths=windows.patches, unsearchable=True),
    op("image.extract_patches_3d", renamed="images volumes"),
    op("image.gaussian_blur", numbers="kernel_size", lengths=lengths.like("images")),
    op("image.resize", lengths=lengths.resize),
)
