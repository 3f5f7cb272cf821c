"""Text with images, sound or video."""

from __future__ import annotations

from families.tiny import ENCODER, HIDDEN, LENGTH, VISION, WIDTH


def clip(hub):
    return hub.models.CLIPBackbone(
        vision_encoder=hub.models.CLIPVisionEncoder(**VISION, patch_size=8, intermediate_dim=HIDDEN),
        text_encoder=hub.models.CLIPTextEncoder(**ENCODER, embedding_dim=WIDTH, max_sequence_length=LENGTH),
        projection_dim=12,
    )


CASES = {
    "CLIPBackbone": clip,
}
