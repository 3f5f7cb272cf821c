"""Images made from text."""

from __future__ import annotations

from families.tiny import HIDDEN, VOCABULARY, WIDTH, task


def mmdit(hub):
    """The diffusion transformer of Stable Diffusion 3."""
    from keras_hub.src.models.stable_diffusion_3.mmdit import MMDiT

    return MMDiT(
        patch_size=2,
        hidden_dim=WIDTH,
        num_layers=2,
        num_heads=2,
        position_size=16,
        latent_shape=(16, 16, 4),
        context_shape=(None, 12),
        pooled_projection_shape=(10,),
        qk_norm="rms_norm",
        dual_attention_indices=(0,),
    )


def flux(hub):
    """Blocks of both streams and of one; rotary positions of three axes."""
    return hub.models.FluxBackbone(
        input_channels=8,
        hidden_size=2 * WIDTH,
        mlp_ratio=2.0,
        num_heads=2,
        depth=1,
        depth_single_blocks=2,
        axes_dim=[4, 6, 6],
        theta=10_000,
        use_bias=True,
        guidance_embed=True,
        image_shape=(6, 8),
        text_shape=(5, 12),
        image_ids_shape=(6, 3),
        text_ids_shape=(5, 3),
        y_shape=(10,),
    )


def stable_diffusion_3(hub, t5=None):
    """Two or three text encoders, the diffusion transformer, and what encodes and decodes images, by eight a side."""
    from keras_hub.src.models.vae.vae_backbone import VAEBackbone

    def text(name, activation):
        return hub.models.CLIPTextEncoder(VOCABULARY, WIDTH, WIDTH, 2, 2, HIDDEN, activation, -2, name=name)

    return hub.models.StableDiffusion3Backbone(
        mmdit_patch_size=2,
        mmdit_hidden_dim=WIDTH,
        mmdit_num_layers=1,
        mmdit_num_heads=2,
        mmdit_position_size=16,
        mmdit_qk_norm=None,
        mmdit_dual_attention_indices=None,
        vae=VAEBackbone(*(([32] * 4, [1] * 4) * 2), sampler_method="sample", name="vae"),
        clip_l=text("clip_l", "quick_gelu"),
        clip_g=text("clip_g", "gelu"),
        t5=t5,
        image_shape=(16, 16, 3),
    )


def stable_diffusion_3_with_t5(hub):
    """As the published models have it: what it makes of a prompt stands behind that of the others."""
    from keras_hub.src.models.stable_diffusion_3.t5_encoder import T5Encoder

    return stable_diffusion_3(hub, T5Encoder(VOCABULARY, 1, 2, 2 * WIDTH, HIDDEN, WIDTH // 2, 0.0, name="t5"))


CASES = {
    "FluxBackbone": flux,
    "FluxTextToImage": task("FluxTextToImage", flux),
    "MMDiT": mmdit,
    "StableDiffusion3Backbone": stable_diffusion_3,
    "StableDiffusion3ImageToImage": task("StableDiffusion3ImageToImage", stable_diffusion_3_with_t5),
    "StableDiffusion3Inpaint": task("StableDiffusion3Inpaint", stable_diffusion_3),
    "StableDiffusion3TextToImage": task("StableDiffusion3TextToImage", stable_diffusion_3),
}
