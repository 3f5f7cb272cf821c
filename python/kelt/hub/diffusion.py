"""Images made from text: the parts of Stable Diffusion 3 as signatures of one file, over one table of weights.

A host calls `encode_text` for the prompt and for the negative one, `denoise` for each step, then `decode`. From an
image it starts with `encode_image` and `add_noise`. What KerasHub draws at random is an input; its scheduler, which
asks Python for the number of steps, is arithmetic here: a test holds it against KerasHub's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kelt.hub.config import ExportConfig
from kelt.hub.declared import lengths_of, spec_of
from kelt.hub.kinds import LENGTH

PROMPTS = {LENGTH: "the length of the prompts, in tokens"}
OF_PROMPT = ("clip_l_token_ids", "clip_g_token_ids", "t5_token_ids")


class StableDiffusion3(ExportConfig):
    """`encode_text`, `denoise`, `decode`; of tasks that start from an image also `encode_image` and `add_noise`."""

    kinds = tuple(f"StableDiffusion3{name}" for name in ("Backbone", "TextToImage", "ImageToImage", "Inpaint"))
    parameters = PROMPTS

    def get_signatures(self, model: Any, **parameters: Any) -> dict[str, tuple[Callable[..., Any], Any]]:
        """`{name: (function, specs by argument)}`."""
        import keras_hub

        backbone = getattr(model, "backbone", model)
        ids = spec_of((None, *lengths_of(LENGTH, parameters.get(LENGTH), "prompt")), "int32")
        prompt = OF_PROMPT if backbone.t5 is not None else OF_PROMPT[:2]
        latents = spec_of(backbone.latent_shape)
        context, pooled = spec_of((None, None, backbone.t5_hidden_dim)), spec_of((None, backbone.clip_hidden_dim))
        number, count = spec_of(()), spec_of((), "int32")
        steps = {"step": count, "num_steps": count}
        found = {
            "encode_text": (_text_encoder(backbone), dict.fromkeys(prompt, ids)),
            "denoise": (
                _denoiser(backbone),
                {
                    "latents": latents,
                    "context": context,
                    "negative_context": context,
                    "pooled_projection": pooled,
                    "negative_pooled_projection": pooled,
                    **steps,
                    "guidance_scale": number,
                },
            ),
            "decode": (_decoder(backbone), {"latents": latents}),
        }
        if hasattr(model, "backbone") and not isinstance(model, keras_hub.models.TextToImage):
            images = spec_of((None, *backbone.image_shape))
            found["encode_image"] = _image_encoder(backbone), {"images": images, "noise": latents}
            found["add_noise"] = _noise_adder(backbone), {"latents": latents, "noise": latents, **steps}
        return found


def _text_encoder(backbone):
    def encode_text(clip_l_token_ids, clip_g_token_ids, t5_token_ids=None):
        tokens = {"clip_l": clip_l_token_ids, "clip_g": clip_g_token_ids, "t5": t5_token_ids}
        context, _, pooled, _ = backbone.encode_text_step(tokens, tokens)  # of two prompts, which are one here
        return {"context": context, "pooled_projection": pooled}

    return encode_text


def _decoder(backbone):
    def decode(latents):
        return {"images": backbone.decode_step(latents)}

    return decode


def sigma_of(scheduler: Any, step: Any, num_steps: Any) -> Any:
    """The noise that is left before a step, as the scheduler's `set_sigmas` lists it; 0 behind the last."""
    from keras import ops

    most, least = (float(scheduler._sigma_to_timestep(each)) for each in (scheduler.sigma_max, scheduler.sigma_min))
    intervals = ops.cast(ops.maximum(num_steps - 1, 1), "float32")
    timestep = most + (least - most) * ops.cast(step, "float32") / intervals
    return ops.where(step < num_steps, scheduler._timestep_to_sigma(timestep), 0.0)


def _denoiser(backbone):
    from keras import ops

    def denoise(
        latents,
        context,
        negative_context,
        pooled_projection,
        negative_pooled_projection,
        step,
        num_steps,
        guidance_scale,
    ):
        sigma = sigma_of(backbone.scheduler, step, num_steps)
        none = ops.zeros_like(latents[:, 0, 0, 0])  # what it is added to has the batch of the latents
        timestep = none + backbone.scheduler._sigma_to_timestep(sigma)
        context, negative_context = (each + none[:, None, None] for each in (context, negative_context))
        pooled = [each + none[:, None] for each in (pooled_projection, negative_pooled_projection)]
        noise = backbone.diffuser(
            {
                "latent": ops.concatenate([latents, latents], axis=0),
                "context": ops.concatenate([context, negative_context], axis=0),
                "pooled_projection": ops.concatenate(pooled, axis=0),
                "timestep": ops.concatenate([timestep, timestep], axis=0),
            },
            training=False,
        )
        guided = backbone.cfg(noise, guidance_scale)
        return {
            "latents": backbone.euler_step(latents, guided, sigma, sigma_of(backbone.scheduler, step + 1, num_steps))
        }

    return denoise


def _image_encoder(backbone):
    from keras import ops

    def encode_image(images, noise):
        encoded = backbone.vae.encoder(images, training=False)
        mean, logarithm = ops.split(encoded, 2, axis=backbone.vae.distribution_sampler.axis)
        if backbone.vae.distribution_sampler.method == "sample":
            mean = mean + ops.exp(0.5 * ops.clip(logarithm, -30.0, 20.0)) * noise
        return {"latents": backbone.image_rescaling(mean)}

    return encode_image


def _noise_adder(backbone):
    def add_noise(latents, noise, step, num_steps):
        sigma = sigma_of(backbone.scheduler, step, num_steps)
        return {"latents": sigma * noise + (1.0 - sigma) * latents}

    return add_noise
