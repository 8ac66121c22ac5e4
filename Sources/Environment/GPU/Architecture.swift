/// GPU architectures that PyTorch's kernels were compiled for.
package enum Architecture {
  /// The codes in PyTorch's description of its build: `-gencode;arch=compute_75,code=sm_75;...`.
  package static func list(in buildDescription: String) -> [String] {
    var found: [String] = []
    var rest = buildDescription[...]
    while let start = rest.firstRange(of: "code=") {
      let code = String(rest[start.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
      if code.hasPrefix("sm_") || code.hasPrefix("compute_"), !found.contains(code) { found.append(code) }
      rest = rest[start.upperBound...]
    }
    return found
  }

  /// Whether kernels for `architectures` run on a GPU of this compute capability.
  ///
  /// Machine code (`sm_`) runs on its own major version from its minor version on; one with a letter (`sm_90a`) only on exactly its
  /// own. Intermediate code (`compute_`) is compiled by the driver for anything newer. An empty list says nothing: true.
  package static func runs(major: Int, minor: Int, in architectures: [String]) -> Bool {
    guard !architectures.isEmpty else { return true }
    return architectures.contains { code in
      let parts = code.split(separator: "_")
      guard parts.count == 2 else { return false }
      let digits = parts[1].prefix(while: \.isNumber)
      guard let number = Int(digits) else { return false }
      let (codeMajor, codeMinor) = (number / 10, number % 10)
      if digits.count != parts[1].count, parts[1].last != "f" { return codeMajor == major && codeMinor == minor }
      if parts[0] == "sm" { return codeMajor == major && codeMinor <= minor }
      return (codeMajor, codeMinor) <= (major, minor)
    }
  }
}
