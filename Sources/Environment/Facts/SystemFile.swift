import Foundation

/// Reads the small text files through which the kernel answers.
enum SystemFile {
  /// The file's text, nil when it can't be read. Such files have no size, so `read` runs until nothing comes.
  static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if count == 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value of `key : value` or `key: value unit` in such a file.
  static func field(_ key: String, in text: String) -> String? {
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      if line[..<colon].trimmingCharacters(in: .whitespaces) == key {
        return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
    }
    return nil
  }

  /// The distinct files mapped into this process whose name begins with one of `names`.
  static func mapped(_ names: [String], maps: String? = nil) -> [String] {
    var found: [String] = []
    for line in (maps ?? text("/proc/self/maps") ?? "").split(separator: "\n") {
      guard let slash = line.firstIndex(of: "/") else { continue }
      let path = String(line[slash...])
      guard let name = path.split(separator: "/").last, names.contains(where: { name.hasPrefix($0) }) else { continue }
      if found.last != path, !found.contains(path) { found.append(path) }
    }
    return found
  }
}
