"""Estimators in a form made for one row at a time, in plain numpy: no scikit-learn is needed to answer.

    forest     histogram gradient boosting, by bit vectors
    trees      random forests, extra trees and single trees
    linear     anything whose answer is a weighted sum
    onnx       whatever else the extra [onnx] can translate

Each turns one row of the matrix into what the estimator says of it: probabilities of its classes, or a number.
"""
