"""Images: classifiers, segmenters, and their backbones.

Where a backbone takes images of any size, its image_shape is left open. Two variants of a class have an entry each.
"""

from __future__ import annotations

from families.tiny import HIDDEN, VISION, WIDTH, Builder, classifier, task

IMAGE = (32, 32, 3)
WIDE = (32, 48, 3)  # neither side stands for the other
PATCHES = {"patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": WIDTH, "intermediate_dim": HIDDEN}


def _resnet(block: str, before: bool = False, filters=(64,), sizes=(7,), stages: int = 2) -> Builder:
    """A ResNet whose stages differ in width, the first of two blocks, whose width no argument chooses."""
    return lambda hub: hub.models.ResNetBackbone(
        input_conv_filters=list(filters),
        input_conv_kernel_sizes=list(sizes),
        stackwise_num_filters=[64, 12, 16, 20][:stages],
        stackwise_num_blocks=[2, 1, 1, 1][:stages],
        stackwise_num_strides=[1, 2, 2, 2][:stages],
        block_type=block,
        use_pre_activation=before,
    )


resnet = _resnet("basic_block")
resnet_v2 = _resnet("bottleneck_block", before=True)
resnet_of_four = _resnet("basic_block", stages=4)
resnet_vd = _resnet("bottleneck_block_vd", filters=(4, 4, 64), sizes=(3, 3, 3))


def _basnet(**options) -> Builder:
    encoder = _resnet("bottleneck_block", filters=(4,), stages=4)
    return lambda hub: hub.models.BASNetBackbone(
        image_encoder=encoder(hub), num_classes=1, projection_filters=4, **options
    )


basnet, basnet_of_one_size = _basnet(), _basnet(image_shape=(64, 32, 3))


def cspnet(hub):
    return hub.models.CSPNetBackbone(
        stem_filters=8,
        stem_kernel_size=3,
        stem_strides=1,
        stackwise_strides=2,
        stackwise_depth=[1, 2],
        stackwise_num_filters=[8, 12],
        down_growth=True,
        bottle_ratio=(0.5, 1.0),
        block_ratio=(1.0, 0.5),
        expand_ratio=(2.0, 1.0),
        block_type="dark_block",
        stage_type="csp",
        stem_padding="same",
    )


def cspnet_3(hub):
    """Bottlenecks in groups, pooled shortcuts, and the last form of a stage."""
    return hub.models.CSPNetBackbone(
        stem_filters=(4, 8),
        stem_kernel_size=3,
        stem_strides=2,
        stackwise_strides=(1, 2),
        stackwise_depth=[1, 2],
        stackwise_num_filters=[8, 16],
        bottle_ratio=(0.5,),
        expand_ratio=(2.0,),
        groups=2,
        avg_down=True,
        activation="silu",
        block_type="bottleneck_block",
        stage_type="cs3",
    )


def deeplab(hub):
    return hub.models.DeepLabV3Backbone(
        image_encoder=_resnet("basic_block", stages=3)(hub),
        low_level_feature_key="P2",
        spatial_pyramid_pooling_key="P4",
        dilation_rates=[2, 3],
        upsampling_size=4,
        projection_filters=4,
    )


def deit(hub):
    return hub.models.DeiTBackbone(**PATCHES, image_shape=WIDE)


def densenet(hub):
    return hub.models.DenseNetBackbone(stackwise_num_repeats=[2, 1], growth_rate=4)


def dinov2(hub):
    """Positions of another size than the image's: interpolated."""
    return hub.models.DINOV2Backbone(
        **PATCHES,
        num_register_tokens=2,
        use_swiglu_ffn=True,
        image_shape=IMAGE,
        position_embedding_shape=(40, 40, 3),
    )


def dinov3(hub):
    return hub.models.DINOV3Backbone(
        **PATCHES,
        num_register_tokens=2,
        use_gated_mlp=True,
        use_key_bias=False,
        image_shape=WIDE,
    )


def _efficientnet(blocks: list[str], **options) -> Builder:
    stages = len(blocks)
    return lambda hub: hub.models.EfficientNetBackbone(
        stackwise_kernel_sizes=[3, 5, 3][:stages],
        stackwise_num_repeats=[1, 2, 1][:stages],
        stackwise_input_filters=[8, 8, 16][:stages],
        stackwise_output_filters=[8, 16, 16][:stages],
        stackwise_expansion_ratios=[1, 4, 4][:stages],
        stackwise_squeeze_and_excite_ratios=[0.0, 0.25, 0.25][:stages],
        stackwise_strides=[1, 2, 1][:stages],
        stackwise_block_types=blocks,
        stackwise_force_input_filters=[0] * stages,
        stackwise_nores_option=[False] * stages,
        width_coefficient=1.0,
        depth_coefficient=1.0,
        **options,
    )


efficientnet_v1 = _efficientnet(
    ["v1", "v1", "v1"],
    min_depth=None,
    include_stem_padding=True,
    use_depth_divisor_as_min_depth=True,
    cap_round_filter_decrease=True,
    stem_conv_padding="valid",
)
efficientnet_v2 = _efficientnet(["fused", "fused", "unfused"])


def hgnetv2(hub):
    return hub.models.HGNetV2Backbone(
        depths=[1, 2],
        embedding_size=8,
        hidden_sizes=[16, 24],
        stem_channels=[3, 4, 8],
        hidden_act="relu",
        use_learnable_affine_block=True,
        stackwise_stage_filters=[(8, 4, 16, 1, 2, 3), (16, 8, 24, 2, 1, 5)],
        apply_downsample=[False, True],
        use_lightweight_conv_block=[False, True],
    )


def mit(hub):
    return hub.models.MiTBackbone(
        layerwise_depths=(2, 2),
        num_layers=2,
        layerwise_num_heads=(1, 2),
        layerwise_sr_ratios=(4, 2),
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=(7, 3),
        layerwise_strides=(4, 2),
        hidden_dims=(WIDTH, 2 * WIDTH),
        image_shape=IMAGE,
    )


def mobilenet(hub):
    return hub.models.MobileNetBackbone(
        stackwise_expansion=[[8, 16], [24]],
        stackwise_num_blocks=[2, 1],
        stackwise_num_filters=[[8, 8], [12]],
        stackwise_kernel_size=[[3, 3], [5]],
        stackwise_num_strides=[[2, 1], [2]],
        stackwise_se_ratio=[[None, None], [0.25]],
        stackwise_activation=[["relu", "relu6"], ["hard_swish"]],
        stackwise_padding=[[1, 1], [2]],
        output_num_filters=24,
        input_activation="hard_swish",
        output_activation="hard_swish",
        input_num_filters=8,
        image_shape=(None, None, 3),
        depthwise_filters=8,
        depthwise_stride=2,
        depthwise_residual=False,
        squeeze_and_excite=0.5,
        last_layer_filter=16,
    )


def _mobilenetv5(**options) -> Builder:
    """A block of each kind: of edges, universal, and attention with one or all heads of keys."""
    return lambda hub: hub.models.MobileNetV5Backbone(
        stackwise_block_types=[["er"], ["uir", "uir"], ["mqa", "mha"]],
        stackwise_num_blocks=[1, 2, 2],
        stackwise_num_filters=[[8], [16, 16], [16, 16]],
        stackwise_strides=[[2], [2, 1], [1, 1]],
        stackwise_act_layers=[["relu"], ["relu", "gelu"], ["gelu", "gelu"]],
        stackwise_exp_ratios=[[2.0], [2.0, 2.0], [0.0, 0.0]],
        stackwise_se_ratios=[[0.0], [0.0, 0.0], [0.0, 0.0]],
        stackwise_dw_kernel_sizes=[[0], [5, 0], [0, 0]],
        stackwise_dw_start_kernel_sizes=[[0], [3, 0], [0, 0]],
        stackwise_dw_end_kernel_sizes=[[0], [0, 3], [0, 0]],
        stackwise_exp_kernel_sizes=[[3], [0, 0], [0, 0]],
        stackwise_pw_kernel_sizes=[[1], [0, 0], [0, 0]],
        stackwise_num_heads=[[0], [0, 0], [2, 2]],
        stackwise_key_dims=[[0], [0, 0], [8, 8]],
        stackwise_value_dims=[[0], [0, 0], [8, 8]],
        stackwise_kv_strides=[[0], [0, 0], [2, 1]],
        stackwise_use_cpe=[[False], [False, False], [False, True]],
        stem_size=8,
        layer_scale_init_value=1e-5,
        **options,
    )


mobilenetv5 = _mobilenetv5(use_msfa=False)
mobilenetv5_fused = _mobilenetv5(num_features=16, msfa_output_resolution=4, image_shape=IMAGE)


def segformer(hub):
    return hub.models.SegFormerBackbone(image_encoder=mit(hub), projection_filters=WIDTH)


def swin(hub):
    return hub.models.SwinTransformerBackbone(
        image_shape=IMAGE, embed_dim=WIDTH, depths=(2, 2), num_heads=(2, 4), window_size=4, patch_size=2
    )


def vgg(hub):
    return hub.models.VGGBackbone(stackwise_num_repeats=[2, 1], stackwise_num_filters=[8, 12])


def vgg_of_one_size(hub):
    """The first product of the classifier's head is a convolution as large as what it gets."""
    return hub.models.VGGBackbone(stackwise_num_repeats=[1, 1], stackwise_num_filters=[4, 8], image_shape=(28, 28, 3))


def vit(hub):
    return hub.models.ViTBackbone(**VISION, patch_size=8, mlp_dim=HIDDEN)


def vit_det(hub):
    """Windows that do not divide the image, and a layer that sees all of it."""
    return hub.models.ViTDetBackbone(
        image_shape=(24, 24, 3),
        patch_size=4,
        hidden_size=WIDTH,
        num_layers=2,
        global_attention_layer_indices=[1],
        intermediate_dim=HIDDEN,
        num_heads=2,
        num_output_channels=8,
        window_size=4,
    )


def xception(hub):
    return hub.models.XceptionBackbone(
        stackwise_conv_filters=[[8, 12], [16, 16], [24, 24]], stackwise_pooling=[False, True, False]
    )


CASES = {
    "BASNetBackbone": basnet,
    "BASNetImageSegmenter": task("BASNetImageSegmenter", basnet_of_one_size),
    "CSPNetBackbone": cspnet,
    "CSPNetBackbone cs3": cspnet_3,
    "CSPNetImageClassifier": classifier("CSPNetImageClassifier", cspnet),
    "DeepLabV3Backbone": deeplab,
    "DeepLabV3ImageSegmenter": classifier("DeepLabV3ImageSegmenter", deeplab),
    "DeiTBackbone": deit,
    "DeiTImageClassifier": classifier("DeiTImageClassifier", deit),
    "DenseNetBackbone": densenet,
    "DenseNetImageClassifier": classifier("DenseNetImageClassifier", densenet),
    "DINOV2Backbone": dinov2,
    "DINOV3Backbone": dinov3,
    "EfficientNetBackbone": efficientnet_v1,
    "EfficientNetBackbone v2": efficientnet_v2,
    "EfficientNetImageClassifier": classifier("EfficientNetImageClassifier", efficientnet_v2),
    "HGNetV2Backbone": hgnetv2,
    "HGNetV2ImageClassifier": task("HGNetV2ImageClassifier", hgnetv2, num_classes=4, head_filters=8),
    "MiTBackbone": mit,
    "MiTImageClassifier": classifier("MiTImageClassifier", mit),
    "MobileNetBackbone": mobilenet,
    "MobileNetImageClassifier": task("MobileNetImageClassifier", mobilenet, num_classes=4, num_features=8),
    "MobileNetV5Backbone": mobilenetv5,
    "MobileNetV5Backbone fused": mobilenetv5_fused,
    "MobileNetV5ImageClassifier": task(
        "MobileNetV5ImageClassifier", mobilenetv5, num_classes=4, head_hidden_size=WIDTH
    ),
    "ResNetBackbone": resnet,
    "ResNetBackbone v2": resnet_v2,
    "ResNetBackbone vd": resnet_vd,
    "ResNetImageClassifier": classifier("ResNetImageClassifier", resnet),
    "SegFormerBackbone": segformer,
    "SegFormerImageSegmenter": task("SegFormerImageSegmenter", segformer, num_classes=4),
    "SwinTransformerBackbone": swin,
    "SwinTransformerImageClassifier": classifier("SwinTransformerImageClassifier", swin),
    "VGGBackbone": vgg,
    "VGGImageClassifier": classifier("VGGImageClassifier", vgg_of_one_size, pooling_hidden_dim=8),
    "ViTBackbone": vit,
    "ViTImageClassifier": classifier("ViTImageClassifier", vit),
    "ViTDetBackbone": vit_det,
    "XceptionBackbone": xception,
    "XceptionImageClassifier": classifier("XceptionImageClassifier", xception),
}
