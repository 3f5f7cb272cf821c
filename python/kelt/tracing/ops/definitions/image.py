"""Images."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops.definition import op

OPS = (
    op(
        """
        image.affine_transform image.crop_images image.elastic_transform image.extract_patches
        image.gaussian_blur image.hsv_to_rgb image.map_coordinates image.pad_images image.perspective_transform
        image.rgb_to_grayscale image.rgb_to_hsv image.scale_and_translate image.sobel_edges image.ssim
        """,
    ),
    op("image.extract_patches_3d", renamed="images volumes"),
    op("image.resize", lengths=lengths.resize),
)
