"""Encoders of text."""

from __future__ import annotations

from families.tiny import ENCODER, HIDDEN, LENGTH, SHALLOW, VOCABULARY, WIDTH


def bert(hub):
    return hub.models.BertBackbone(**ENCODER, max_sequence_length=LENGTH)


def deberta(hub):
    return hub.models.DebertaV3Backbone(**SHALLOW, max_sequence_length=LENGTH, bucket_size=8)


def fnet(hub):
    return hub.models.FNetBackbone(
        vocabulary_size=VOCABULARY,
        num_layers=1,
        hidden_dim=WIDTH,
        intermediate_dim=HIDDEN,
        max_sequence_length=LENGTH,
    )


def xlnet(hub):
    return hub.models.XLNetBackbone(**SHALLOW)


CASES = {
    "BertBackbone": bert,
    "DebertaV3Backbone": deberta,
    "FNetBackbone": fnet,
    "XLNetBackbone": xlnet,
}
