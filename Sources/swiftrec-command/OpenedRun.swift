import ArgumentParser
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
    try directory.requireRun()
    device = try Self.prepare(device: options.device, threads: options.threads)
    configuration = try directory.configuration()
    catalogue = try directory.catalogue()
    model = try directory.model(
      configuration, space: catalogue.space, histories: catalogue.histories, device: device)
  }

  static func prepare(device: String, threads: Int?) throws -> Device {
    if let threads {
      guard (1...1024).contains(threads) else {
        throw CommandError(
          "--threads: received \(threads), expected a whole number from 1 to 1024; leave it out to use all")
      }
      try Engine.setThreads(threads)
    }
    guard device == "auto" || (try? Device(parsing: device)) != nil else {
      throw CommandError("--device: received \(device), expected auto, cpu, cuda or cuda:N; write --device cpu")
    }
    return try TrainingJob.device(device)
  }
}
