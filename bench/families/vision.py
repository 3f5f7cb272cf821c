"""Images: classifiers, segmenters, and their backbones."""

from __future__ import annotations

from families.tiny import HIDDEN, VISION, WIDTH


def segformer(hub):
    encoder = hub.models.MiTBackbone(
        layerwise_depths=(2, 2),
        num_layers=2,
        layerwise_num_heads=(1, 2),
        layerwise_sr_ratios=(4, 2),
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=(7, 3),
        layerwise_strides=(4, 2),
        hidden_dims=(WIDTH, 2 * WIDTH),
        image_shape=(32, 32, 3),
    )
    backbone = hub.models.SegFormerBackbone(image_encoder=encoder, projection_filters=WIDTH)
    return hub.models.SegFormerImageSegmenter(backbone=backbone, num_classes=4)


def swin(hub):
    return hub.models.SwinTransformerBackbone(
        image_shape=(32, 32, 3), embed_dim=WIDTH, depths=(2, 2), num_heads=(2, 4), window_size=4, patch_size=2
    )


def vit(hub):
    return hub.models.ViTBackbone(**VISION, patch_size=8, mlp_dim=HIDDEN)


CASES = {
    "SwinTransformerBackbone": swin,
    "ViTBackbone": vit,
    "SegFormerImageSegmenter": segformer,
}
