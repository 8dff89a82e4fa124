#!/usr/bin/env bash
# scikit-learn 1.9.1, MLPRegressor: with k outputs the step taken is k times the derivative of the loss that it reports (loss_): the
# reported loss averages over samples and outputs, the gradient over samples alone. Worked by hand with one step of SGD.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 2>/dev/null
"$folder/venv/bin/python" -W ignore - <<'PY'
import sys
import numpy as np
import sklearn
from sklearn.neural_network import MLPRegressor

def ratio(outputs):
    """The step of the biases of the last layer, in terms of the derivative of the reported loss."""
    x, y = np.array([[1.0], [2.0]]), np.full((2, outputs), 3.0) + np.arange(outputs)
    net = MLPRegressor(hidden_layer_sizes=(2,), activation="identity", solver="sgd", alpha=0, momentum=0, learning_rate_init=1e-3,
                       batch_size=2, shuffle=False, max_iter=1, random_state=0)
    net.partial_fit(x, y if outputs > 1 else y.ravel())
    weights, biases = [w.copy() for w in net.coefs_], [b.copy() for b in net.intercepts_]
    def loss(shift):
        hidden = x @ weights[0] + biases[0]
        return ((hidden @ weights[1] + biases[1] + shift - y) ** 2).mean() / 2
    h = 1e-6
    slope = (loss(np.eye(outputs)[0] * h) - loss(-np.eye(outputs)[0] * h)) / (2 * h)
    net.partial_fit(x, y if outputs > 1 else y.ravel())
    return (biases[1][0] - net.intercepts_[1][0]) / 1e-3 / slope

found = [round(ratio(k), 4) for k in (1, 2, 3)]
print("scikit-learn", sklearn.__version__, "| step over derivative of the reported loss for 1, 2, 3 outputs:", found)
same = found == [1.0, 2.0, 3.0]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
