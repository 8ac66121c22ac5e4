import Foundation

/// What the system says of this process, under the names that Prometheus' own clients use.
struct ProcessFacts {
  var residentBytes = 0.0
  var virtualBytes = 0.0
  var openFiles = 0.0
  var processorSeconds = 0.0
  var threads = 0.0

  static func now() -> ProcessFacts {
    var facts = ProcessFacts()
    let page = Double(sysconf(Int32(_SC_PAGESIZE)))
    let statm = words("/proc/self/statm")
    if statm.count > 1 {
      facts.virtualBytes = (Double(statm[0]) ?? 0) * page
      facts.residentBytes = (Double(statm[1]) ?? 0) * page
    }
    facts.openFiles = Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
    facts.threads = Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0)
    var usage = rusage()
    if getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 {
      facts.processorSeconds =
        Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        / 1e6
    }
    return facts
  }

  var gauges: [(name: String, help: String, value: Double)] {
    [
      ("process_resident_memory_bytes", "Resident memory size in bytes.", residentBytes),
      ("process_virtual_memory_bytes", "Virtual memory size in bytes.", virtualBytes),
      ("process_open_fds", "Number of open file descriptors.", openFiles),
      ("process_threads", "Number of threads.", threads),
      ("process_cpu_seconds", "User and system CPU time spent in seconds.", processorSeconds),
    ]
  }

  private static func words(_ path: String) -> [Substring] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ")
  }
}
