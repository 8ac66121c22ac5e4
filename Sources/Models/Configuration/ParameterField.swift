import TorchNN

/// One hyper-parameter of a model: its key, what may stand there, and the way to read and write it.
public struct ParameterField<Root: Sendable>: Sendable {
  /// The key in configuration files, such as `mlp_factors`.
  public let key: String
  /// What may stand there, such as `an integer in 1...4096`.
  public let allowed: String
  let read: @Sendable (Root) -> ParameterValue
  /// Returns whether the type fits; the range is for `isValid`.
  let write: @Sendable (inout Root, ParameterValue) -> Bool
  let isValid: @Sendable (Root) -> Bool

  public static func integer(
    _ key: String, _ path: any WritableKeyPath<Root, Int> & Sendable, in range: ClosedRange<Int>
  ) -> ParameterField {
    ParameterField(
      key: key, allowed: "an integer in \(range)",
      read: { .integer($0[keyPath: path]) },
      write: { root, value in
        guard case .integer(let number) = value else { return false }
        root[keyPath: path] = number
        return true
      },
      isValid: { range.contains($0[keyPath: path]) })
  }

  public static func number(
    _ key: String, _ path: any WritableKeyPath<Root, Double> & Sendable, in range: ClosedRange<Double>
  ) -> ParameterField {
    ParameterField(
      key: key, allowed: "a number in \(range)",
      read: { .number($0[keyPath: path]) },
      write: { root, value in
        switch value {
        case .number(let number): root[keyPath: path] = number
        case .integer(let number): root[keyPath: path] = Double(number)
        default: return false
        }
        return true
      },
      isValid: { range.contains($0[keyPath: path]) })
  }

  public static func boolean(
    _ key: String, _ path: any WritableKeyPath<Root, Bool> & Sendable
  ) -> ParameterField {
    ParameterField(
      key: key, allowed: "true or false",
      read: { .boolean($0[keyPath: path]) },
      write: { root, value in
        guard case .boolean(let flag) = value else { return false }
        root[keyPath: path] = flag
        return true
      },
      isValid: { _ in true })
  }

  /// A list of layer sizes.
  public static func sizes(
    _ key: String, _ path: any WritableKeyPath<Root, [Int]> & Sendable, count: ClosedRange<Int>, each: ClosedRange<Int>
  ) -> ParameterField {
    ParameterField(
      key: key, allowed: "a list of \(count) integers, each in \(each)",
      read: { .integers($0[keyPath: path]) },
      write: { root, value in
        guard case .integers(let sizes) = value else { return false }
        root[keyPath: path] = sizes
        return true
      },
      isValid: { root in
        let sizes = root[keyPath: path]
        return count.contains(sizes.count) && sizes.allSatisfy(each.contains)
      })
  }

  /// An activation by its name. A name that is none leaves the field as it is and counts as a wrong type.
  public static func activation(
    _ key: String, _ path: any WritableKeyPath<Root, Activation> & Sendable
  ) -> ParameterField {
    ParameterField(
      key: key, allowed: "one of " + Activation.names.joined(separator: ", "),
      read: { root in
        .text(Activation.names.first { Activation(named: $0) == root[keyPath: path] } ?? "\(root[keyPath: path])")
      },
      write: { root, value in
        guard case .text(let name) = value, let activation = Activation(named: name) else { return false }
        root[keyPath: path] = activation
        return true
      },
      isValid: { _ in true })
  }

  /// One of the cases of an enum, by its name. A name that is none leaves the field as it is and counts as a wrong type.
  public static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ key: String, _ path: any WritableKeyPath<Root, Choice> & Sendable
  ) -> ParameterField {
    ParameterField(
      key: key, allowed: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "),
      read: { .text($0[keyPath: path].rawValue) },
      write: { root, value in
        guard case .text(let name) = value, let choice = Choice(rawValue: name) else { return false }
        root[keyPath: path] = choice
        return true
      },
      isValid: { _ in true })
  }
}
