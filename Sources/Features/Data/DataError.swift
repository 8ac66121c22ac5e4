/// A fault in data or in a file: where it stands, what was found there and what to do about it.
///
/// Its text is one line, `FILE:LINE: problem, received "VALUE"; remedy`, with the parts that are known.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of fault, open for later ones.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    public static let missingFile = Code("missing file")
    public static let unreadableFile = Code("unreadable file")
    public static let truncatedFile = Code("truncated file")
    public static let corruptedFile = Code("corrupted file")
    public static let wrongChecksum = Code("wrong checksum")
    public static let wrongHeader = Code("wrong header")
    public static let wrongFieldCount = Code("wrong number of fields")
    public static let notANumber = Code("not a number")
    public static let notFinite = Code("not finite")
    public static let outOfRange = Code("out of range")
    public static let unknownIdentifier = Code("unknown identifier")
    public static let malformedLine = Code("malformed line")
    public static let empty = Code("empty")
    public static let unknownDataset = Code("unknown dataset")
    public static let invalidArgument = Code("invalid argument")
    public static let noNegativeLeft = Code("no negative left")
    public static let fetchFailed = Code("fetch failed")
    /// An object that another process has replaced meanwhile.
    public static let changedThere = Code("changed there")
    /// A library that the task needs is not here.
    public static let unavailable = Code("unavailable")
  }

  /// The exit code of a program that ends on this error.
  public static let exitCode: Int32 = 3

  public var code: Code
  /// The file, as the program was given it.
  public var file: String?
  /// Line in the file, from 1.
  public var line: Int?
  /// What is wrong.
  public var problem: String
  /// The value that stood there, shortened when it is long.
  public var received: String?
  /// What the user can do.
  public var remedy: String

  public init(
    _ code: Code, file: String? = nil, line: Int? = nil, _ problem: String, received: String? = nil,
    remedy: String
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.problem = problem
    self.received = received.map { DataError.shortened($0) }
    self.remedy = remedy
  }

  public var description: String {
    var text = ""
    if let file { text += line.map { "\(file):\($0): " } ?? "\(file): " }
    text += problem
    if let received { text += ", received \"\(received)\"" }
    return text + "; " + remedy
  }

  /// One printable line of at most 120 characters.
  static func shortened(_ value: String) -> String {
    var text = ""
    var count = 0
    for scalar in value.unicodeScalars {
      if count == 120 { return text + "..." }
      switch scalar {
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case "\n": text += "\\n"
      case "\"": text += "\\\""
      default:
        text += scalar.value < 32 || scalar.value == 127 ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
      }
      count += 1
    }
    return text
  }
}
