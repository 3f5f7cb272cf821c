"""Boxes, depths and masks of images."""

from __future__ import annotations

from families.tiny import HIDDEN, VOCABULARY, WIDTH, task
from families.vision import resnet_of_four

DETECTED = (64, 32)  # two places in the last stage: attention over one is no choice


def d_fine(hub):
    """Of narrow layers; as many of them, and as many ways between them, as its documentation has."""
    layers = hub.models.HGNetV2Backbone(
        stem_channels=[3, 4, 4],
        stackwise_stage_filters=[
            [4, 4, 8, 1, 3, 3],
            [8, 4, 8, 1, 3, 3],
            [8, 4, 16, 2, 3, 5],
            [16, 8, 16, 1, 3, 5],
        ],
        apply_downsample=[False, True, True, True],
        use_lightweight_conv_block=[False, False, True, True],
        depths=[1, 1, 2, 1],
        hidden_sizes=[8, 8, 16, 16],
        embedding_size=4,
        use_learnable_affine_block=True,
        hidden_act="relu",
        image_shape=(None, None, 3),
        out_features=["stage3", "stage4"],
    )
    return hub.models.DFineBackbone(
        backbone=layers,
        decoder_in_channels=[WIDTH, WIDTH],
        encoder_hidden_dim=WIDTH,
        num_denoising=0,
        num_labels=5,
        hidden_dim=WIDTH,
        learn_initial_query=False,
        num_queries=3,
        anchor_image_size=DETECTED,
        feat_strides=[16, 32],
        num_feature_levels=2,
        encoder_in_channels=[16, 16],
        encode_proj_layers=[1],
        num_attention_heads=2,
        encoder_ffn_dim=HIDDEN,
        num_encoder_layers=1,
        hidden_expansion=0.5,
        depth_multiplier=0.5,
        eval_idx=-1,
        num_decoder_layers=3,
        decoder_attention_heads=2,
        decoder_ffn_dim=HIDDEN,
        decoder_n_points=[3, 2],
        lqe_hidden_dim=8,
        num_lqe_layers=2,
        out_features=["stage3", "stage4"],
        image_shape=(*DETECTED, 3),
    )


def retinanet(hub):
    """The last levels of the encoder, and one above them."""
    return hub.models.RetinaNetBackbone(
        image_encoder=resnet_of_four(hub), min_level=4, max_level=6, use_p5=True, use_fpn_batch_norm=True
    )


def retinanet_detector(hub):
    from keras_hub.src.models.retinanet.retinanet_label_encoder import RetinaNetLabelEncoder

    anchors = hub.layers.AnchorGenerator(
        bounding_box_format="yxyx", min_level=4, max_level=6, num_scales=1, aspect_ratios=[0.5, 1.0], anchor_size=4
    )
    return hub.models.RetinaNetObjectDetector(
        backbone=retinanet(hub),
        anchor_generator=anchors,
        label_encoder=RetinaNetLabelEncoder(bounding_box_format="yxyx", anchor_generator=anchors),
        num_classes=4,
        bounding_box_format="yxyx",
        pre_logits_num_conv_layers=1,
        preprocessor=None,
    )


def depth_anything(hub):
    """Stages that are brought to four sizes and joined again."""
    encoder = hub.models.DINOV2Backbone(
        patch_size=4,
        num_layers=2,
        hidden_dim=WIDTH,
        num_heads=2,
        intermediate_dim=HIDDEN,
        image_shape=(36, 36, 3),
        position_embedding_shape=(36, 36, 3),
        apply_layernorm=True,
    )
    return hub.models.DepthAnythingBackbone(
        image_encoder=encoder,
        reassemble_factors=[4, 1, 0.5],
        neck_hidden_dims=[8, 12, 16],
        fusion_hidden_dim=8,
        head_hidden_dim=8,
        head_in_index=-1,
        feature_keys=["stem", "stage1", "stage2"],
    )


def sam(hub):
    side, patch = 32, 8
    embedded = side // patch
    encoder = hub.models.ViTDetBackbone(
        hidden_size=WIDTH,
        num_layers=2,
        intermediate_dim=HIDDEN,
        num_heads=2,
        global_attention_layer_indices=[1],
        patch_size=patch,
        num_output_channels=WIDTH,
        window_size=2,
        image_shape=(side, side, 3),
    )
    return hub.models.SAMBackbone(
        image_encoder=encoder,
        prompt_encoder=hub.layers.SAMPromptEncoder(
            hidden_size=WIDTH,
            image_embedding_size=(embedded, embedded),
            input_image_size=(side, side),
            mask_in_channels=8,
        ),
        mask_decoder=hub.layers.SAMMaskDecoder(
            num_layers=1,
            hidden_size=WIDTH,
            intermediate_dim=HIDDEN,
            num_heads=2,
            embedding_dim=WIDTH,
            num_multimask_outputs=2,
            iou_head_depth=2,
            iou_head_hidden_dim=8,
        ),
    )


def sam3(hub):
    side, patch = 32, 8
    layers = {"num_layers": 1, "hidden_dim": WIDTH, "intermediate_dim": HIDDEN, "num_heads": 2}
    return hub.models.SAM3PromptableConceptBackbone(
        vision_encoder=hub.layers.SAM3VisionEncoder(
            **{**layers, "num_layers": 2},
            image_shape=(side, side, 3),
            patch_size=patch,
            fpn_hidden_dim=WIDTH,
            fpn_scale_factors=[4.0, 2.0, 1.0, 0.5],
            pretrain_image_shape=(48, 48, 3),
            window_size=2,
            global_attn_indexes=[1],
        ),
        text_encoder=hub.layers.SAM3TextEncoder(**layers, vocabulary_size=VOCABULARY, embedding_dim=WIDTH),
        geometry_encoder=hub.layers.SAM3GeometryEncoder(**layers, roi_size=3),
        detr_encoder=hub.layers.SAM3DetrEncoder(**layers),
        detr_decoder=hub.layers.SAM3DetrDecoder(**layers, image_shape=(side, side, 3), patch_size=patch, num_queries=4),
        mask_decoder=hub.layers.SAM3MaskDecoder(num_upsampling_stages=3, hidden_dim=WIDTH, num_heads=2),
    )


CASES = {
    "DFineBackbone": d_fine,
    "DFineObjectDetector": task("DFineObjectDetector", d_fine, num_classes=5, bounding_box_format="yxyx"),
    "RetinaNetBackbone": retinanet,
    "RetinaNetObjectDetector": retinanet_detector,
    "DepthAnythingBackbone": depth_anything,
    "DepthAnythingDepthEstimator": task(
        "DepthAnythingDepthEstimator", depth_anything, depth_estimation_type="metric", max_depth=10.0
    ),
    "SAMBackbone": sam,
    "SAMImageSegmenter": task("SAMImageSegmenter", sam),
    "SAM3PromptableConceptBackbone": sam3,
    "SAM3PromptableConceptImageSegmenter": task("SAM3PromptableConceptImageSegmenter", sam3),
}
