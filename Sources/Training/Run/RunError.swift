import Foundation

/// Something wrong with a run directory or a file in it: which, what was found, what to do.
public struct RunError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The run directory is there already, and `--resume` was not given.
    case exists
    /// A file or folder that should be there is not.
    case missing
    /// A file is cut off, changed, or not what its name says.
    case corrupted
    /// The run was made with another configuration or model.
    case mismatch
    /// Reading or writing failed; the disk may be full.
    case io
  }

  public var code: Code
  public var path: String
  public var received: String
  public var remedy: String

  public init(_ code: Code, path: String, received: String, remedy: String) {
    self.code = code
    self.path = path
    self.received = received
    self.remedy = remedy
  }

  public var description: String {
    "\(path): \(received); \(remedy)"
  }

  static func file(_ path: String, doing what: String, errno code: Int32) -> RunError {
    let reason = String(cString: strerror(code))
    let remedy: String
    switch code {
    case ENOSPC, EDQUOT, EFBIG:
      remedy = "free some space, or choose another disk with --out; what was saved before is whole"
    case EACCES, EPERM, EROFS: remedy = "choose a folder that you may write to with --out"
    case ENOENT: remedy = "check the path"
    default: remedy = "check the disk and the path"
    }
    return RunError(.io, path: path, received: "could not \(what) it: \(reason)", remedy: remedy)
  }
}
