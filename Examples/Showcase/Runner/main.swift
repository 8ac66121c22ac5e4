import Foundation
import Showcase
import Sparse
import Torch
import TorchNN

/// Runs a program for some steps and prints its losses and its speed.
func train(_ name: String, _ arguments: Arguments) throws {
  let steps = arguments.steps ?? 20
  let program = try Programs.make(name, arguments.options)
  let device = arguments.options.device
  let generator = try Generator(seed: arguments.options.seed &+ 1)
  let batches = try (0..<min(steps, 16)).map { _ in
    try program.makeBatch(generator).mapValues { try $0.to(device: device) }
  }
  try Engine.manualSeed(arguments.options.seed)
  let first = try program.step(batches[0])
  try Engine.synchronize(device)
  let start = Date()
  var last = first
  for step in 1..<max(2, steps) { last = try program.step(batches[step % batches.count]) }
  try Engine.synchronize(device)
  let seconds = Date().timeIntervalSince(start)
  let rows = Double((max(2, steps) - 1) * program.batchSize)
  let precision = program.mixedPrecision?.name ?? "float32"
  print(
    String(
      format: "%@: %d parameters, batch %d, %@ on %@, loss %.4f -> %.4f after %d steps, %.0f samples/s", name,
      program.model.parameterCount, program.batchSize, precision, device.description, first, last, steps,
      rows / seconds))
}

/// Times the forward pass of the lookup.
func lookUp(_ arguments: Arguments, on device: Device) throws {
  let forwards = arguments.steps ?? 2_000
  var options = arguments.options
  options.device = device
  let program = try EmbeddingLookup(options)
  let median = try program.medianMilliseconds(forwards: forwards, generator: Generator(seed: options.seed &+ 1))
  let shape = program.collection.weight(of: "item")?.shape.map(String.init).joined(separator: " x ") ?? ""
  print(
    String(
      format: "%@: %@, %d ids, %d threads on %@, %.3f ms a forward (median of %d)", EmbeddingLookup.name, shape,
      program.batchSize, Engine.threads, device.description, median, forwards))
}

do {
  let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
  if arguments.options.device.isCUDA, arguments.options.device.index >= Engine.cudaDeviceCount {
    FileHandle.standardError.write(
      Data(
        "error: --device \(arguments.options.device): PyTorch sees \(Engine.cudaDeviceCount) GPUs; use --device cpu\n"
          .utf8))
    exit(5)
  }
  if let threads = arguments.threads { try Engine.setThreads(threads) }
  for name in arguments.programs {
    if name == EmbeddingLookup.name {
      for device in arguments.devices { try lookUp(arguments, on: device) }
    } else {
      try train(name, arguments)
    }
  }
} catch let error as ShowcaseError {
  FileHandle.standardError.write(Data("error: \(error)\n\(Arguments.usage)\n".utf8))
  exit(2)
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(5)
}
