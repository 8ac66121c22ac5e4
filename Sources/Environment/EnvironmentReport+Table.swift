extension EnvironmentReport {
  /// The report as people read it.
  public func table() -> String {
    var lines: [String] = []
    func row(_ name: String, _ text: String) {
      lines.append(name + String(repeating: " ", count: max(1, 14 - name.count)) + text)
    }
    row(
      "PyTorch",
      "\(torch.build) (git \(torch.git?.prefix(10) ?? "unknown")), bridge \(torch.bridge) built for \(torch.bridgeTorch)"
    )
    row("CUDA", cuda.summary)
    let tiles = cpu.matrixTiles == "hidden" ? ", AMX hidden by the hypervisor and left alone" : ""
    row("CPU", "\(cpu.model), \(cpu.usable) of \(cpu.logical) CPUs usable, \(cpu.capability) kernels\(tiles)")
    row("threads", "\(threads.intraOp) within an operator, \(threads.interOp) between operators")
    row("OpenMP", threads.openmp.isEmpty ? "none mapped" : threads.openmp.joined(separator: ", "))
    row("memory", "\(bytes(memory.available)) free of \(bytes(memory.total)), \(memory.cgroup.summary)")
    row("disk", "\(bytes(disk.free)) free at \(disk.path)")
    for device in devices { row("device", device.summary) }
    lines.append("")
    let width = checks.map { label($0).count }.max() ?? 0
    for check in checks {
      let name = label(check)
      let padding = String(repeating: " ", count: width - name.count)
      lines.append("\(check.ok ? "ok    " : "BROKEN")  \(name)\(padding)  \(check.detail)")
      if !check.ok { lines.append("        remedy: \(check.remedy)") }
    }
    if let figures {
      lines.append("")
      let width = figures.map { figureLabel($0).count }.max() ?? 0
      for figure in figures {
        let name = figureLabel(figure)
        let padding = String(repeating: " ", count: width - name.count)
        lines.append("\(name)\(padding)  \(significant(figure.value)) \(figure.unit)")
      }
    }
    lines.append("")
    lines.append(
      broken.isEmpty
        ? "\(checks.count) checks passed" : "\(broken.count) of \(checks.count) checks failed; see the remedies above")
    return lines.joined(separator: "\n")
  }

  private func label(_ check: Check) -> String {
    [check.name, check.device, check.precision].compactMap { $0 }.joined(separator: " ")
  }

  private func figureLabel(_ figure: Figure) -> String {
    [figure.name, figure.device, figure.precision].compactMap { $0 }.joined(separator: " ")
  }
}

/// `23.5 GB` and the like, in powers of ten.
func bytes(_ count: Int) -> String {
  let units = ["B", "kB", "MB", "GB", "TB", "PB"]
  var value = Double(count)
  var unit = 0
  while value >= 1000, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return unit == 0 ? "\(count) B" : "\(significant(value)) \(units[unit])"
}

/// Three significant digits.
func significant(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  guard value != 0 else { return "0" }
  let size = value.magnitude
  if size >= 1000 { return "\(Int(value.rounded()))" }
  if size < 0.001 { return scientific(value) }
  var decimals = 2
  var bound = 10.0
  while decimals > 0, size >= bound {
    decimals -= 1
    bound *= 10
  }
  if size < 1 { decimals = size < 0.01 ? 5 : size < 0.1 ? 4 : 3 }
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let rounded = (value * scale).rounded() / scale
  return decimals == 0 ? "\(Int(rounded))" : "\(rounded)"
}

/// `3.2e-07`: two digits and the power of ten.
func scientific(_ value: Double) -> String {
  guard value != 0, value.isFinite else { return "\(value)" }
  var mantissa = value
  var exponent = 0
  while mantissa.magnitude < 1 {
    mantissa *= 10
    exponent -= 1
  }
  while mantissa.magnitude >= 10 {
    mantissa /= 10
    exponent += 1
  }
  return "\((mantissa * 10).rounded() / 10)e\(exponent)"
}
