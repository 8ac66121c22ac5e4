import Foundation
import Showcase
import Torch
import TorchNN

/// Runs a program for some steps and prints its losses and its speed.
func run(_ name: String, _ arguments: Arguments) throws {
  if let threads = arguments.threads { try Engine.setThreads(threads) }
  let program = try Programs.make(name, arguments.options)
  let device = arguments.options.device
  let generator = try Generator(seed: arguments.options.seed &+ 1)
  let batches = try (0..<min(arguments.steps, 16)).map { _ in
    try program.makeBatch(generator).mapValues { try $0.to(device: device) }
  }
  try Engine.manualSeed(arguments.options.seed)
  let first = try program.step(batches[0])
  try Engine.synchronize(device)
  let start = Date()
  var last = first
  for step in 1..<max(2, arguments.steps) { last = try program.step(batches[step % batches.count]) }
  try Engine.synchronize(device)
  let seconds = Date().timeIntervalSince(start)
  let rows = Double((max(2, arguments.steps) - 1) * program.batchSize)
  let precision = program.mixedPrecision?.name ?? "float32"
  print(
    String(
      format: "%@: %d parameters, batch %d, %@ on %@, loss %.4f -> %.4f after %d steps, %.0f samples/s", name,
      program.model.parameterCount, program.batchSize, precision, device.description, first, last, arguments.steps,
      rows / seconds))
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
  for name in arguments.programs { try run(name, arguments) }
} catch let error as ShowcaseError {
  FileHandle.standardError.write(Data("error: \(error)\n\(Arguments.usage)\n".utf8))
  exit(2)
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(5)
}
