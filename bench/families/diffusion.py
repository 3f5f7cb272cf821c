"""Images made from text."""

from __future__ import annotations

from families.tiny import WIDTH


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


CASES = {
    "MMDiT": mmdit,
}
