import ArgumentParser
import Environment
import Features
import Foundation
import Models
import Torch
import Training

/// The options that every command with a run takes.
struct RunOptions: ParsableArguments {
  @Argument(help: "A run directory, such as runs/mf-ml100k.")
  var run: String

  @Option(help: "auto, cpu, cuda or cuda:N.")
  var device = "auto"

  @Option(help: "Threads of one operator; all by default.")
  var threads: Int?

  @Option(help: "The part of the GPU's memory that this process may take, as in 0.5; all by default.")
  var gpuMemoryFraction: Double?
}

/// A trained model with what it needs to answer.
struct OpenedRun {
  let directory: RunDirectory
  let configuration: Configuration
  let catalogue: Catalogue
  let model: any Recommender
  let device: Device

  init(_ options: RunOptions) throws {
    directory = RunDirectory(options.run)
    device = try Self.prepare(options)
    configuration = try directory.configuration()
    catalogue = try directory.catalogue()
    model = try directory.model(
      configuration, space: catalogue.space, histories: catalogue.histories, device: device)
  }

  /// Checks the options of a command with a run, takes threads and memory as they say, and warns of a run from elsewhere.
  static func prepare(_ options: RunOptions) throws -> Device {
    try Answer.requireFraction(options.gpuMemoryFraction)
    let run = RunDirectory(options.run)
    try run.requireRun()
    let device = try device(options.device)
    var share = ResourceShare.taken
    if let threads = options.threads {
      guard (1...1024).contains(threads) else {
        throw CommandError(
          "--threads: received \(threads), expected a whole number from 1 to 1024; leave it out to use all")
      }
      try Engine.setThreads(threads)
      share = share.taking(threads: "--threads")
    }
    if let fraction = options.gpuMemoryFraction { share = try share.taking(gpuMemory: fraction, of: device) }
    if share.isLimited { Answer.note("resources: \(share.summary)") }
    if let line = run.foreignEnvironment() { Answer.note("note: \(line)") }
    return device
  }

  static func device(_ device: String) throws -> Device {
    guard device == "auto" || (try? Device(parsing: device)) != nil else {
      throw CommandError("--device: received \(device), expected auto, cpu, cuda or cuda:N; write --device cpu")
    }
    return try TrainingJob.device(device)
  }
}
