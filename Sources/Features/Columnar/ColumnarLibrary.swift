import CSwiftRec
import Foundation

/// The bridge over Arrow, a library of its own: a process that meets no Parquet file never loads it.
public enum ColumnarLibrary {
  /// Whether Parquet files can be read and written here. Asking loads the library.
  public static var isAvailable: Bool { (try? functions()) != nil }

  /// Arrow's release, such as `26.0.1`.
  ///
  /// - Throws: `DataError.Code.unavailable` where the library was not built.
  public static func arrowVersion() throws -> String {
    try functions().arrow_version().map { String(cString: $0) } ?? ""
  }

  /// Readers and writers that are alive; 0 where the library is not loaded.
  public static var liveHandles: Int { Int((try? functions())?.live_handles() ?? 0) }

  /// The library's functions; the first call opens it.
  static func functions() throws -> SRColumnarFunctions { try opened.get() }

  // The functions may be called from any thread.
  private static let opened: Result<SRColumnarFunctions, DataError> = open()

  private static func open() -> Result<SRColumnarFunctions, DataError> {
    var reason = "it was not found"
    for path in candidates() {
      guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
        if let text = dlerror(), path.first != "/" || FileManager.default.fileExists(atPath: path) {
          reason = String(cString: text)
        }
        continue
      }
      guard let symbol = dlsym(library, "sr_columnar_functions") else {
        reason = "\(path) has no sr_columnar_functions"
        continue
      }
      let entry = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<SRColumnarFunctions>?).self)
      guard let table = entry()?.pointee, Int(table.version) == SR_COLUMNAR_VERSION else {
        reason = "\(path) was built from another version of SwiftRec"
        continue
      }
      return .success(table)
    }
    return .failure(
      DataError(
        .unavailable, "Parquet needs \(name), which can't be opened: \(reason)",
        remedy: "build it where pip finds pyarrow: rm .venv/swiftrec.env && make build"))
  }

  private static let name = "libswiftrec_columnar.so"

  /// Beside the bridge over LibTorch, through links and as it stands; then wherever the system looks.
  private static func candidates() -> [String] {
    let bridge = String(cString: sr_bridge_path())
    guard !bridge.isEmpty else { return [name] }
    let file = URL(fileURLWithPath: bridge)
    return [file.resolvingSymlinksInPath(), file].map {
      $0.deletingLastPathComponent().appendingPathComponent(name).path
    }
      + [name]
  }
}
