import Showcase
import Torch
import TorchNN

let showcaseChecks: [Check] = Programs.names.map { name in
  Check("showcase \(name): three steps") { bench in
    func run(_ device: Device) throws -> [Double] {
      var options = ShowcaseOptions()
      options.small = true
      options.precision = .float32
      // The start is drawn on the CPU in both cases; dropout would draw on the device, so it is off.
      let program: any ShowcaseProgram =
        name == DNNRecommenderProgram.name
        ? try DNNRecommenderProgram(options, dropout: 0) : try Programs.make(name, options)
      try program.model.to(device: device)
      let batch = try program.makeBatch(Generator(seed: 4)).mapValues { try $0.to(device: device) }
      return try (0..<3).map { _ in try program.step(batch) }
    }
    for (here, there) in zip(try run(.cpu), try run(bench.device)) {
      try bench.expect(abs(here - there) <= Bench.tolerance, "loss \(here) on the CPU, \(there) on \(bench.device)")
    }
  }
}
