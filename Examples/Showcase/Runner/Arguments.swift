import Showcase
import Torch

/// The command line of the runner.
struct Arguments {
  static let usage = """
    usage: ShowcaseRunner NAME|all [--steps N] [--batch N] [--device cpu|cuda:0] [--precision float32|bfloat16|float16]
                          [--seed N] [--threads N] [--sparse] [--small]
    NAME is one of \(Self.names.joined(separator: ", "))
    """

  static let names = Programs.names + [EmbeddingLookup.name]

  var programs: [String] = []
  var options = ShowcaseOptions()
  /// Training steps or forward passes, nil for the program's own number.
  var steps: Int?
  var threads: Int?
  /// Where the lookup runs: the device that was named, else the CPU and then the GPU where there is one.
  private(set) var devices: [Device]

  init(_ words: [String]) throws {
    var rest = words[...]
    devices = Engine.cudaDeviceCount > 0 ? [.cpu, .cuda(0)] : [.cpu]
    func number(_ flag: String) throws -> Int {
      guard let word = rest.popFirst(), let value = Int(word), value > 0 else {
        throw ShowcaseError("\(flag) takes a positive whole number")
      }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--steps": steps = try number(word)
      case "--batch": options.batchSize = try number(word)
      case "--threads": threads = try number(word)
      case "--seed": options.seed = UInt64(try number(word))
      case "--small": options.small = true
      case "--sparse": options.sparse = true
      case "--device":
        guard let name = rest.popFirst() else { throw ShowcaseError("--device takes cpu or cuda:0") }
        options.device = try Device(parsing: name)
        devices = [options.device]
      case "--precision":
        let allowed: [String: DType] = ["float32": .float32, "bfloat16": .bfloat16, "float16": .float16]
        guard let name = rest.popFirst(), let dtype = allowed[name] else {
          throw ShowcaseError("--precision takes float32, bfloat16 or float16")
        }
        options.precision = dtype
      case "all": programs = Self.names
      case _ where word.hasPrefix("-"): throw ShowcaseError("unknown option \"\(word)\"")
      default:
        guard let name = Self.names.first(where: { $0.lowercased() == word.lowercased() }) else {
          throw ShowcaseError("unknown program \"\(word)\"")
        }
        programs.append(name)
      }
    }
    guard !programs.isEmpty else { throw ShowcaseError("no program named") }
  }
}
