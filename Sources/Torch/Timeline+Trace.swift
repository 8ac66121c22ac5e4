import Foundation

extension Timeline {
  /// The lines of a trace that tell of one process: Chrome's trace event format, <https://ui.perfetto.dev> opens it too.
  ///
  /// Times are those of the host's wall clock, so that the processes of several hosts stand under each other as well as their clocks
  /// agree.
  ///
  /// - Parameters:
  ///   - process: the number of the process among all, as its rank.
  ///   - name: the heading of its rows.
  public func events(process: Int, name: String) -> [String] {
    let offset = Self.wallClockOffset
    func microseconds(_ time: UInt64) -> String {
      let nanoseconds = Int64(clamping: time) &+ offset
      return "\(nanoseconds / 1000).\(Self.padded(nanoseconds % 1000))"
    }
    var lines = [Self.meta("process_name", process, nil, "\"name\": \"\(name)\"")]
    for (row, stage) in Stage.allCases.enumerated() {
      lines.append(Self.meta("thread_name", process, row, "\"name\": \"\(stage.rawValue)\""))
      lines.append(Self.meta("thread_sort_index", process, row, "\"sort_index\": \(row)"))
    }
    for (number, event) in events.enumerated() {
      let row = Stage.allCases.firstIndex(of: event.stage) ?? 0
      let common =
        "\"name\": \"\(event.stage.rawValue)\", \"pid\": \(process), \"tid\": \(row), \"args\": {\"batch\": \(event.batch)}"
      if event.isTravelling {
        // Several may be under way at once, which rows of plain spans can't show.
        let way = "\(common), \"cat\": \"travelling\", \"id\": \"\(process).\(number)\""
        lines.append("{\"ph\": \"b\", \"ts\": \(microseconds(event.start)), \(way)}")
        lines.append("{\"ph\": \"e\", \"ts\": \(microseconds(event.end)), \(way)}")
      } else {
        let length = event.end - event.start
        lines.append(
          "{\"ph\": \"X\", \"ts\": \(microseconds(event.start)), "
            + "\"dur\": \(length / 1000).\(Self.padded(Int64(length % 1000))), \"cat\": \"processor\", \(common)}")
      }
    }
    return lines
  }

  /// A whole trace of the lines of its processes.
  public static func trace(_ lines: [String]) -> String {
    "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n\(lines.joined(separator: ",\n"))\n]}\n"
  }

  private static func meta(_ what: String, _ process: Int, _ row: Int?, _ arguments: String) -> String {
    "{\"ph\": \"M\", \"name\": \"\(what)\", \"pid\": \(process), "
      + (row.map { "\"tid\": \($0), " } ?? "") + "\"args\": {\(arguments)}}"
  }

  private static func padded(_ thousandths: Int64) -> String {
    let text = "\(thousandths)"
    return String(repeating: "0", count: max(0, 3 - text.count)) + text
  }

  /// What is added to ``now`` for nanoseconds since 1970.
  private static var wallClockOffset: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) - Int64(clamping: now)
  }
}
