from dataclasses import replace

import numpy as np
import pytest

from monitor.evaluation.tuning import Examples, tuned

RANDOM = np.random.default_rng(7)


def _examples(documents: int = 600) -> Examples:
    """Return two topics whose relevant documents have a high first signal, hard negatives a high second one."""
    relevant = np.arange(documents) % 6 == 0
    hard = np.arange(documents) % 6 == 1
    first = np.where(relevant | hard, 0.7, 0.3) + RANDOM.normal(0, 0.1, documents)
    second = np.where(hard, 0.8, 0.2) + RANDOM.normal(0, 0.1, documents)
    topic = (np.arange(documents) >= documents // 2).astype(np.int64)
    counts = [np.bincount(topic, which).astype(float) for which in (relevant, ~relevant, hard)]
    half = np.array([0.5, 0.5])
    values = np.column_stack([first, second, np.ones(documents)])
    return Examples(values, topic, relevant, hard, half, counts[0], counts[1], counts[2], half, half)


def _let_through(examples: Examples, weights: np.ndarray) -> float:
    return float(((examples.values @ weights >= 0) & examples.hard).sum() / examples.hard.sum())


def test_hard_negatives_are_weighed_out_and_the_story_is_kept():
    examples, start = _examples(), np.array([8.0, 0.0, -4.0])
    weights = tuned(examples, start)
    assert _let_through(examples, start) > 0.9
    assert _let_through(examples, weights) < 0.1
    taken = examples.values @ weights >= 0
    assert (taken & examples.relevant).sum() > 0.8 * examples.relevant.sum()


def test_it_comes_to_the_same_weights_each_time():
    examples, start = _examples(), np.array([8.0, 0.0, -4.0])
    assert tuned(examples, start) == pytest.approx(tuned(examples, start), abs=0)


def test_topics_without_hard_negatives_are_tuned_too():
    examples = replace(_examples(), hard=np.zeros(600, dtype=bool), hard_negatives=np.zeros(2), hard_share=np.zeros(2))
    assert np.isfinite(tuned(examples, np.array([8.0, 0.0, -4.0]))).all()
