import CSwiftRec
import Foundation

/// Files below one place of an object store, such as `s3://bucket/prefix`, through Arrow.
///
/// Keys come from where AWS's tools look for them (`AWS_ACCESS_KEY_ID`, `~/.aws`, the machine's role). A store of another kind is named in the
/// address: `s3://bucket/prefix?endpoint_override=127.0.0.1:8333&scheme=http&region=us-east-1`. `file:///folder` is a folder.
public final class ObjectStore: @unchecked Sendable {
  /// Without what follows a question mark.
  public let name: String
  private let functions: SRColumnarFunctions
  private let handle: OpaquePointer

  /// - Throws: `DataError` for an address that can't be used, or where Arrow is not there.
  public init(_ address: String) throws {
    name = String(address.prefix { $0 != "?" })
    functions = try ColumnarLibrary.functions()
    var out: OpaquePointer?
    let status = functions.store_open(address, &out)
    guard status == SR_OK, let out else {
      throw DataError(
        .unavailable, file: name, "it can't be opened: \(ParquetFault.message(functions))",
        remedy:
          "check the address (s3://bucket/prefix), its region, and the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)")
    }
    handle = out
  }

  deinit { functions.store_free(handle) }

  private func check(_ status: Int32, _ problem: String, _ file: String) throws {
    guard status != SR_OK else { return }
    throw DataError(
      .unavailable, file: "\(name)/\(file)", "\(problem): \(ParquetFault.message(functions))",
      remedy: "look at the bucket, the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) and the network")
  }

  /// Copies a local file; nobody sees it before it is whole.
  ///
  /// - Parameter progress: told of the bytes that are about to be sent; what it throws gives the file up.
  public func put(_ path: String, as file: String, progress: ((Int) throws -> Void)? = nil) throws {
    let sending = Sending(progress)
    let context = Unmanaged.passUnretained(sending).toOpaque()
    let status = withExtendedLifetime(sending) {
      functions.store_put(
        handle, path, file,
        { context, bytes in
          guard let context else { return 0 }
          return Unmanaged<Sending>.fromOpaque(context).takeUnretainedValue().advance(Int(bytes))
        }, context)
    }
    if let error = sending.error { throw error }
    try check(status, "\(path) can't be put there", file)
  }

  /// Adds a file's bytes from `offset` on to a local one.
  func append(_ file: String, from offset: Int, to path: String) throws {
    try check(functions.store_get(handle, file, path, Int64(offset)), "it can't be fetched", file)
  }

  /// Copies a file to a local one, which gets its name when it is whole.
  public func get(_ file: String, to path: String) throws {
    let partial = "\(path).partial-\(getpid())"
    do {
      try append(file, from: 0, to: partial)
      try FileManager.default.moveItem(atPath: partial, toPath: path)
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
  }

  public func has(_ file: String) throws -> Bool {
    var found: UInt8 = 0
    try check(functions.store_has(handle, file, &found), "it can't be looked for", file)
    return found != 0
  }

  /// A file there.
  public struct Entry: Sendable, Equatable {
    public var name: String
    /// Bytes.
    public var size: Int
    /// Nanoseconds since 1970.
    public var changed: Int
  }

  /// All files below a folder, by name.
  public func entries(_ folder: String = "") throws -> [Entry] {
    var text: UnsafeMutablePointer<CChar>?
    try check(functions.store_list(handle, folder, &text), "it can't be listed", folder)
    guard let text else { return [] }
    defer { functions.text_free(text) }
    return String(cString: text).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 2)
      guard parts.count == 3, let size = Int(parts[0]), let changed = Int(parts[1]) else { return nil }
      return Entry(name: String(parts[2]), size: size, changed: changed)
    }.sorted { $0.name < $1.name }
  }

  /// The names of all files below a folder.
  public func list(_ folder: String = "") throws -> [String] { try entries(folder).map(\.name) }

  public func delete(_ file: String) throws {
    try check(functions.store_delete(handle, file), "it can't be deleted", file)
  }

  /// How it is reached for what Arrow has no function for.
  func access() throws -> ObjectAccess {
    var text: UnsafeMutablePointer<CChar>?
    try check(functions.store_access(handle, &text), "its keys can't be found", "")
    defer { functions.text_free(text) }
    guard let text, let access = ObjectAccess(String(cString: text)) else {
      throw DataError(.unavailable, file: name, "its address can't be taken apart", remedy: "write it as s3://bucket/a")
    }
    return access
  }

  /// What a file's progress is told to, across the bridge.
  private final class Sending {
    private let progress: ((Int) throws -> Void)?
    private(set) var error: (any Error)?

    init(_ progress: ((Int) throws -> Void)?) { self.progress = progress }

    func advance(_ bytes: Int) -> Int32 {
      do {
        try progress?(bytes)
        return 0
      } catch {
        self.error = error
        return 1
      }
    }
  }
}
