"""The picture of what the network heard."""

import pathlib

import matplotlib as mpl
import numpy as np

import sound

mpl.use("Agg")

import matplotlib.pyplot as plt


def save(path: pathlib.Path, activation: np.ndarray, played: np.ndarray, hop: int) -> None:
    """Draws the activation of every bin over time, with the pitch that was played and the pitch that was heard."""
    time = np.arange(len(activation)) * hop / sound.RATE
    frequencies = 10 * 2 ** ((sound.FIRST_CENTS + sound.CENTS_PER_BIN * np.arange(activation.shape[1])) / 1200)
    off = sound.cents_between(sound.pitch(activation), played)
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 6), height_ratios=(3, 1), sharex=True, layout="constrained")
    image = above.pcolormesh(time, frequencies, activation.T, cmap="magma", vmin=0, vmax=1, shading="nearest")
    for edge in (-100, 100):  # a semitone to either side of what is played
        label = "played, ± a semitone" if edge > 0 else None
        above.plot(time, played * 2 ** (edge / 1200), color="white", linewidth=0.7, linestyle="--", label=label)
    above.set(yscale="log", ylabel="pitch in Hz", ylim=(40, 1975), title="CREPE on LiteRT listens to a rising tone")
    above.set_yticks([50, 100, 200, 400, 800, 1600], labels=["50", "100", "200", "400", "800", "1600"])
    above.minorticks_off()
    above.legend(loc="upper left")
    figure.colorbar(image, ax=above, label="activation")
    below.plot(time, off, color="black", linewidth=0.8)
    below.axhline(0, color="grey", linewidth=0.5)
    below.set(xlabel="time in s", ylabel="heard − played\nin cents", ylim=(-50, 50))
    figure.savefig(path, dpi=120)
    plt.close(figure)
