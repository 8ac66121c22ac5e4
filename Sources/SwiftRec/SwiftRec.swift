/// Everything that a program needs to define, train and ask recommenders: `import SwiftRec`.
@_exported import Environment
@_exported import Features
@_exported import RecommenderMetrics
@_exported import Models
@_exported import Registry
@_exported import Retrieval
@_exported import Sparse
@_exported import Torch
@_exported import TorchDistributed
@_exported import TorchNN
@_exported import Training
