import Foundation
import Torch

// The GPU tests as one program, without a test framework and without data files: it is carried to a machine without Swift.

let words = CommandLine.arguments.dropFirst()
let known: Set<String> = ["--cpu", "--list"]
if let stranger = words.first(where: { $0.hasPrefix("-") && !known.contains($0) }) {
  say("error: unknown option \"\(stranger)\"; usage: swiftrec-test-gpu [--cpu] [--list] [part of a name ...]")
  exit(2)
}

let checks = allChecks.filter { check in
  let parts = words.filter { !$0.hasPrefix("-") }
  return parts.isEmpty || parts.contains { check.name.contains($0) }
}
if words.contains("--list") {
  for check in checks { say(check.name) }
  exit(0)
}
if !Engine.hasCUDA && !words.contains("--cpu") {
  say(
    "no CUDA device: nothing was run (PyTorch \(Engine.version)). Run it where PyTorch sees a GPU, or with --cpu to check "
      + "the tests against themselves.")
  exit(5)
}

do {
  let device: Device = words.contains("--cpu") ? .cpu : .cuda()
  try Engine.setAllowTF32(false)
  say("PyTorch \(Engine.version), \(device) against cpu, TF32 off, \(checks.count) checks")
  exit(Runner(device: device).run(checks))
} catch {
  say("error: \(error)")
  exit(5)
}
