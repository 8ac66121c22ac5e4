import ArgumentParser
import Environment
import Features
import Foundation
import RecommenderMetrics
import Models
import Pipeline
import Registry
import Serving
import Sharding
import Sparse
import Torch
import TorchDistributed
import TorchNN
import Training

/// Turns errors into a message and an exit code, in one place for all commands.
enum Failure {
  static let usage: Int32 = 2
  static let data: Int32 = 3
  static let refused: Int32 = 4
  static let environment: Int32 = 5

  static func exit(_ error: any Error) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    if let known = code(of: error) {
      let lines = "\(error)".split(separator: "\n")
      for line in lines { FileHandle.standardError.write(Data("error: \(line)\n".utf8)) }
      Foundation.exit(known)
    }
    // What is left is ArgumentParser's own: help, the version, and faults of usage.
    let code = SwiftRecCommand.exitCode(for: error)
    let message = SwiftRecCommand.fullMessage(for: error)
    if code == .success {
      if !message.isEmpty { print(message) }
      Foundation.exit(0)
    }
    FileHandle.standardError.write(Data((message + "\n").utf8))
    Foundation.exit(usage)
  }

  private static func code(of error: any Error) -> Int32? {
    switch error {
    case is ConfigurationError: usage
    case let error as RunError:
      error.code == .exists || error.code == .mismatch && !error.path.hasSuffix(".safetensors") ? usage : data
    case let error as TrainingError: error.code == .unavailable ? environment : usage
    case let error as DataError where error.code == .unavailable: environment
    case let error as DataError:
      [.unknownDataset, .invalidArgument].contains(error.code) && error.file == nil ? usage : data
    case is SafetensorsError, is FileError, is RecordError, is UnknownIdentifier: data
    case is EventStoreError, is KeyStoreError: data
    case is ServingError: usage
    case is EnvironmentError, is DistributedError, is EnvironmentFault: environment
    case is ModelError, is MetricError: usage
    case let error as TorchError: [.outOfMemory].contains(error.code) ? environment : data
    case is ModuleError: data
    case let error as SparseError: error.code == .memory ? environment : data
    case let error as ShardingError: error.code == .memory ? environment : usage
    case let error as RegistryError:
      switch error.code {
      case .refused: refused
      case .invalid, .exists: usage
      case .mismatch: environment
      default: data
      }
    case let error as PipelineError:
      switch error.code {
      case .refused: refused
      case .busy: usage
      case .interrupted: error.status ?? data
      default: error.status.flatMap { (2...5).contains($0) ? $0 : nil } ?? data
      }
    case is CommandError: usage
    default: nil
    }
  }
}

/// A fault of usage that ArgumentParser cannot see, such as two options that exclude each other.
struct CommandError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// An id that the run's vocabulary lacks.
struct UnknownIdentifier: Error, CustomStringConvertible {
  var description: String

  init(_ kind: String, _ id: String, run: String, place: String? = nil) {
    let subject = place.map { "\($0): " } ?? ""
    description =
      "\(subject)\(kind) \"\(id)\" is not in the vocabulary of \(run); give \(kind.first == "i" ? "an" : "a") \(kind) that the run was trained on"
  }
}
