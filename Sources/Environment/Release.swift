/// This release of SwiftRec.
public enum Release {
  public static let version = "0.1.0"

  /// The Swift compiler that built this program.
  ///
  /// A program cannot ask for it: the compiler only answers comparisons.
  public static let swift: String = {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3.4)
      "6.3.4 or later"
    #elseif compiler(>=6.3.3)
      "6.3.3"
    #elseif compiler(>=6.3.2)
      "6.3.2"
    #elseif compiler(>=6.3.1)
      "6.3.1"
    #else
      "6.3.0 or earlier"
    #endif
  }()

  /// `release`, or `debug`: a build with checks and without optimisation.
  public static let configuration: String = {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }()
}
