"""Encoders of text: their backbones, masked language models, classifiers and embedders."""

from __future__ import annotations

from families.tiny import ENCODER, HIDDEN, LENGTH, SHALLOW, VOCABULARY, WIDTH, Builder, classifier, task


def albert(hub):
    # Two groups of layers, each group applied twice over one set of weights.
    return hub.models.AlbertBackbone(
        **{**ENCODER, "num_layers": 4},
        num_groups=2,
        num_inner_repetitions=1,
        embedding_dim=8,
        max_sequence_length=LENGTH,
    )


def bert(hub):
    return hub.models.BertBackbone(**ENCODER, max_sequence_length=LENGTH)


def deberta(hub):
    return hub.models.DebertaV3Backbone(**SHALLOW, max_sequence_length=LENGTH, bucket_size=8)


def distil_bert(hub):
    return hub.models.DistilBertBackbone(**ENCODER, max_sequence_length=LENGTH)


def electra(hub):
    sizes = {"vocab_size" if name == "vocabulary_size" else name: size for name, size in SHALLOW.items()}
    return hub.models.ElectraBackbone(**sizes, embedding_dim=8, max_sequence_length=LENGTH)


def esm(hub):
    """Rotary positions, and a scale that the share of masked tokens sets."""
    return hub.models.ESMBackbone(**ENCODER, max_sequence_length=LENGTH)


def fnet(hub):
    return hub.models.FNetBackbone(
        vocabulary_size=VOCABULARY,
        num_layers=1,
        hidden_dim=WIDTH,
        intermediate_dim=HIDDEN,
        max_sequence_length=LENGTH,
    )


def roberta(hub):
    return hub.models.RobertaBackbone(**ENCODER, max_sequence_length=LENGTH)


def roformer(hub):
    return hub.models.RoformerV2Backbone(**ENCODER, head_size=8)


def xlm_roberta(hub):
    return hub.models.XLMRobertaBackbone(**SHALLOW, max_sequence_length=LENGTH)


def xlnet(hub):
    return hub.models.XLNetBackbone(**SHALLOW)


CASES: dict[str, Builder] = {
    "AlbertBackbone": albert,
    "AlbertMaskedLM": task("AlbertMaskedLM", albert),
    "AlbertClassifier": classifier("AlbertClassifier", albert),
    "BertBackbone": bert,
    "BertMaskedLM": task("BertMaskedLM", bert),
    "BertClassifier": classifier("BertClassifier", bert),
    "BertTextEmbedder": task("BertTextEmbedder", bert),
    "DebertaV3Backbone": deberta,
    "DebertaV3MaskedLM": task("DebertaV3MaskedLM", deberta),
    "DebertaV3Classifier": classifier("DebertaV3Classifier", deberta),
    "DistilBertBackbone": distil_bert,
    "DistilBertMaskedLM": task("DistilBertMaskedLM", distil_bert),
    "DistilBertClassifier": classifier("DistilBertClassifier", distil_bert),
    "ElectraBackbone": electra,
    "ESM2Backbone": esm,
    "ESM2MaskedPLM": task("ESM2MaskedPLM", esm),
    "ESMProteinClassifier": classifier("ESMProteinClassifier", esm),
    "FNetBackbone": fnet,
    "FNetMaskedLM": task("FNetMaskedLM", fnet),
    "FNetClassifier": classifier("FNetClassifier", fnet),
    "RobertaBackbone": roberta,
    "RobertaMaskedLM": task("RobertaMaskedLM", roberta),
    "RobertaClassifier": classifier("RobertaClassifier", roberta),
    "RoformerV2Backbone": roformer,
    "RoformerV2MaskedLM": task("RoformerV2MaskedLM", roformer),
    "RoformerV2TextClassifier": classifier("RoformerV2TextClassifier", roformer),
    "XLMRobertaBackbone": xlm_roberta,
    "XLMRobertaMaskedLM": task("XLMRobertaMaskedLM", xlm_roberta),
    "XLMRobertaClassifier": classifier("XLMRobertaClassifier", xlm_roberta),
    "XLMRobertaTextEmbedder": task("XLMRobertaTextEmbedder", xlm_roberta, pooling_mode="max"),
    "XLNetBackbone": xlnet,
}
