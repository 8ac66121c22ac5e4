/// The pins of `environment.lock`: which PyTorch, Python and system packages SwiftRec is built and tested with.
///
/// ```text
/// [python]
/// torch==2.13.0
/// numpy==2.4.6   # a comment
/// [debian.build]
/// make
/// ```
public struct EnvironmentLock: Sendable, Equatable {
  public struct Pin: Sendable, Equatable {
    public var name: String
    /// nil where any version does.
    public var version: String?

    public init(_ name: String, _ version: String? = nil) {
      self.name = name
      self.version = version
    }
  }

  public struct Section: Sendable, Equatable {
    /// `python`, `debian.build`, ...
    public var name: String
    public var pins: [Pin]
  }

  public private(set) var sections: [Section] = []

  /// The lock as it stood when this program was built; its text is part of the program.
  public static func built() throws -> EnvironmentLock {
    try EnvironmentLock(parsing: String(decoding: PackageResources.environment_lock, as: UTF8.self))
  }

  /// - Throws: `EnvironmentError` with the number of a line that is neither a section, a pin nor a comment.
  public init(parsing text: String) throws {
    // "\r\n" is one character to Swift, and ends a line too.
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = (line.split(separator: "#", omittingEmptySubsequences: false).first ?? "")
        .filter { !$0.isWhitespace }
      guard !content.isEmpty else { continue }
      func fault(_ message: String) -> EnvironmentError {
        EnvironmentError(
          check: "lock", message: "environment.lock:\(number + 1): \(message)",
          remedy: "restore the file: git checkout environment.lock")
      }
      if content.first == "[" {
        guard content.last == "]", content.count > 2 else {
          throw fault("received \"\(content)\", expected a section such as [python]")
        }
        sections.append(Section(name: String(content.dropFirst().dropLast()), pins: []))
        continue
      }
      guard !sections.isEmpty else { throw fault("received \"\(content)\" before any section") }
      let parts = content.split(separator: "==", omittingEmptySubsequences: false).map(String.init)
      guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
        throw fault("received \"\(content)\", expected name==version or a name")
      }
      sections[sections.count - 1].pins.append(Pin(parts[0], parts.count == 2 ? parts[1] : nil))
    }
  }

  /// The pins of a section, none where there is no such section.
  public func pins(_ section: String) -> [Pin] {
    sections.filter { $0.name == section }.flatMap(\.pins)
  }

  /// The version of one pin; nil where it is absent or any version does.
  public func version(of name: String, in section: String) -> String? {
    pins(section).first { $0.name == name }?.version
  }

  /// Whether a version is the pinned one: `12.2` is met by `4:12.2.0-3`, `2.13.0` by `2.13.0+cpu`.
  ///
  /// An epoch, Debian's revision and a kind of build do not count, and a pin may be the beginning of a version.
  public static func meets(_ version: String, _ pin: String) -> Bool {
    let afterEpoch = version.split(separator: ":", maxSplits: 1).last.map(String.init) ?? version
    guard afterEpoch.hasPrefix(pin) else { return false }
    guard let next = afterEpoch.dropFirst(pin.count).first else { return true }
    return ".-+~".contains(next)
  }
}
