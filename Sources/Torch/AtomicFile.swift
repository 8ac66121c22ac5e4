import Foundation

/// Writing beside, syncing and renaming: whoever reads sees the old file or the new one, never half of one.
public enum AtomicFile {
  /// - Parameters:
  ///   - other: a second name for the same file, which it gets right before `path`.
  ///   - body: hands over the bytes in order by calling `put`.
  /// - Throws: `FileError` with the system's reason; nothing is left behind and the old file is untouched.
  public static func write(
    to path: String, alsoAs other: String? = nil, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let file = try PartialFile(path)
    try body(file.write)
    try file.commit(alsoAs: other)
  }

  /// Syncs a file, or a folder, that others have written and gives it its name.
  ///
  /// - Throws: `FileError` with the system's reason; a temporary file is removed then, a folder stays.
  public static func moveIntoPlace(_ temporary: String, _ path: String) throws {
    let descriptor = Foundation.open(temporary, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, action: "sync", errno: errno) }
    let isSynced = fsync(descriptor) == 0
    let reason = errno
    close(descriptor)
    guard isSynced else {
      unlink(temporary)
      throw FileError(path: path, action: "sync", errno: reason)
    }
    try rename(temporary, to: path)
  }

  /// Gives a file a second name, in the place of what has it now; on a file system without hard links a copy gets it.
  public static func addName(_ other: String, to path: String) throws {
    let beside = "\(other).partial-\(getpid())"
    unlink(beside)
    if link(path, beside) == 0 { return try rename(beside, to: other) }
    let copy = try PartialFile(other)
    let file = try MappedFile(path)
    try file.withBytes(copy.write)
    try copy.commit()
  }

  static func rename(_ temporary: String, to path: String) throws {
    guard Foundation.rename(temporary, path) == 0 else {
      let reason = errno
      unlink(temporary)
      throw FileError(path: path, action: "rename", errno: reason)
    }
    // The rename itself must survive a power cut: sync the folder too. A file system that can't is no failure.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folderDescriptor = Foundation.open(folder, O_RDONLY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  public static func write(_ data: Data, to path: String) throws {
    try write(to: path) { put in try data.withUnsafeBytes { try put($0) } }
  }

  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { put in try bytes.withUnsafeBytes { try put($0) } }
  }

  public static func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }
}

/// A file operation that the system refused.
public struct FileError: Error, Sendable, CustomStringConvertible {
  public let path: String
  public let action: String
  public let errno: Int32

  public init(path: String, action: String, errno: Int32) {
    self.path = path
    self.action = action
    self.errno = errno
  }

  public var description: String {
    let remedy =
      switch errno {
      case ENOSPC, EDQUOT: "; free some space or choose another folder"
      case EACCES, EPERM, EROFS: "; choose a folder that can be written"
      case ENOENT: "; check the path"
      case EFBIG: "; raise the file size limit (ulimit -f)"
      default: ""
      }
    return "\(path): cannot \(action): \(String(cString: strerror(errno)))\(remedy)"
  }
}

/// A file's bytes, mapped for reading.
public final class MappedFile: @unchecked Sendable {
  private let address: UnsafeMutableRawPointer?
  public let count: Int
  public let path: String

  /// - Parameter isLent: whether others may write to the memory, which then changes this process's copy and never the file.
  /// - Throws: `FileError` when the file can't be opened or mapped.
  public init(_ path: String, isLent: Bool = false) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, action: "open", errno: errno) }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw FileError(path: path, action: "examine", errno: errno) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw FileError(path: path, action: "read", errno: EISDIR) }
    count = Int(facts.st_size)
    guard count > 0 else {
      address = nil
      return
    }
    let access = isLent ? PROT_READ | PROT_WRITE : PROT_READ
    let mapped = mmap(nil, count, access, MAP_PRIVATE | (isLent ? MAP_NORESERVE : 0), descriptor, 0)
    guard let mapped, mapped != MAP_FAILED else { throw FileError(path: path, action: "map", errno: errno) }
    address = mapped
  }

  deinit { if let address { munmap(address, count) } }

  /// Gives the memory of a part that was read back; reading it again reads the file.
  public func release(_ range: Range<Int>) {
    guard let address, !range.isEmpty else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = range.lowerBound / page * page
    madvise(address + start, range.upperBound - start, MADV_DONTNEED)
  }

  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(start: address, count: count))
  }

  /// Where a byte lies, good while this object lives; nil beyond the end.
  func address(_ offset: Int) -> UnsafeMutableRawPointer? {
    guard let address, offset >= 0, offset < count else { return nil }
    return address + offset
  }
}
