import Environment
import Features
import RecommenderMetrics
import Models
import Sparse
import Torch
import TorchDistributed
import TorchNN
import Training

/// What kind of fault a call ended with: Python makes an exception class of each.
enum FailureCode: Int32 {
  case configuration = 1
  case data = 2
  case run = 3
  case training = 4
  case environment = 5
  case model = 6
  case unknownIdentifier = 7
  case engine = 8
  case call = 9

  init(_ error: any Error) {
    self =
      switch error {
      case is ConfigurationError: .configuration
      case let error as DataError where error.code == .unavailable: .environment
      case let error as DataError where error.code == .unknownIdentifier: .unknownIdentifier
      case is DataError: .data
      case is RunError, is SafetensorsError, is FileError, is RecordError, is ModuleError: .run
      case let error as TrainingError: error.code == .unavailable ? .environment : .training
      case is EnvironmentError, is DistributedError: .environment
      case is ModelError, is MetricError: .model
      case let error as SparseError: error.code == .memory ? .environment : .data
      case let error as TorchError: error.code == .outOfMemory ? .environment : .engine
      default: .call
      }
  }
}
