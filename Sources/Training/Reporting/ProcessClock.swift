import Foundation

/// Seconds on clocks that never jump.
enum ProcessClock {
  /// Seconds since some fixed moment.
  static var now: Double {
    Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  }

  /// Seconds since the kernel started this process; nil where it does not say.
  static var sinceProcessStart: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      // The program's name may hold spaces and brackets; the fields after it may not.
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    // Field 22 of the whole line, counted from 1, is the start in clock ticks since boot.
    guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
    var now = timespec()
    guard clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
    let seconds = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    return seconds >= 0 ? seconds : nil
  }
}
