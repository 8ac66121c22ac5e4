import Foundation
import TestSupport
import Testing

/// The program inside a real control group. Only root may make one, and not in every container.
@Suite struct LimitTests {
  /// Folders of fresh groups below this process's own, one for each controller; nil where none can be made.
  final class Group {
    private(set) var folders: [String] = []
    private let name = "swiftrec-test-\(UUID().uuidString)"

    init?(cpus: Double, memory: Int) {
      let memberships = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
      for line in memberships.split(separator: "\n") {
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { continue }
        let quota = "\(Int(cpus * 100_000))"
        let controllers = fields[1].split(separator: ",")
        let path = fields[2] == "/" ? "" : String(fields[2])
        if let controller = controllers.first(where: { $0 == "cpu" || $0 == "memory" }) {
          let folder = "/sys/fs/cgroup/\(fields[1])\(path)/\(name)"
          guard
            make(
              folder,
              controller == "cpu"
                ? [("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", quota)]
                : [("memory.limit_in_bytes", "\(memory)")])
          else { return nil }
        } else if fields[0] == "0", fields[1].isEmpty,
          FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers")
        {
          guard make("/sys/fs/cgroup\(path)/\(name)", [("cpu.max", "\(quota) 100000"), ("memory.max", "\(memory)")])
          else { return nil }
        }
      }
      if folders.isEmpty { return nil }
    }

    private func make(_ folder: String, _ settings: [(file: String, value: String)]) -> Bool {
      guard mkdir(folder, 0o755) == 0 else { return false }
      folders.append(folder)
      return settings.allSatisfy { file, value in
        (try? Data(value.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))) != nil
      }
    }

    deinit { for folder in folders { rmdir(folder) } }

    /// Runs the program as a member.
    func run(_ arguments: String, in place: String, environment: [String: String] = [:]) throws -> Program.Result {
      let joining = folders.map { "echo $$ > \($0)/cgroup.procs" }.joined(separator: " && ")
      return try Program.shell(
        "unset OMP_NUM_THREADS MKL_NUM_THREADS; \(joining) && exec \(setting(environment)) \"$SWIFTREC\" \(arguments)",
        in: place)
    }

    private func setting(_ environment: [String: String]) -> String {
      environment.isEmpty ? "" : "env " + environment.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
  }

  static let canMakeGroups = Group(cpus: 1, memory: 1 << 30) != nil
  static let reason: Comment = "skipped: no control group can be made here (needs root and a writable /sys/fs/cgroup)"

  @Test(.enabled(if: canMakeGroups, reason))
  func trainingTakesWhatTheGroupGives() throws {
    let group = try #require(Group(cpus: 0.5, memory: 2 << 30))
    let scratch = try Scratch()
    try scratch.write(
      "small.yaml", SmallRun.configuration.replacing("threads: 1\n", with: "").replacing("threads: 1", with: ""))
    let result = try group.run("train small.yaml --out run --device cpu --set train.epochs=1", in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains("resources: 1 thread (cgroup quota 0.5 of ")
        && result.errors.contains("memory limit 2.0 GiB (cgroup)"), "\(result.errors)")
    #expect(try scratch.text("run/environment.json").contains("\"cpu_limit\" : 0.5"))
    let own = try group.run(
      "train small.yaml --out other --device cpu --set train.epochs=1 --set train.workers=3 --threads 2",
      in: scratch.path)
    #expect(own.errors.contains("note: train.workers is 3, this process has 1 CPUs"), "\(own.errors)")
    #expect(own.errors.contains("resources: 2 threads (set by --threads)"), "\(own.errors)")
  }

  @Test(.enabled(if: canMakeGroups, reason))
  func tablesBeyondTheGroupAreRefused() throws {
    let group = try #require(Group(cpus: 1, memory: 1 << 30))
    let scratch = try Scratch()
    try scratch.write(
      "tables.yaml", "embeddings: {tables: [{name: big, rows: 4_000_000}], dim: 64}\ndevice: cpu\n")
    let refused = try group.run("plan tables.yaml", in: scratch.path)
    #expect(refused.status == 5, "\(refused.errors)")
    #expect(
      refused.message.contains("the tables need 1.04 GB and ") && refused.message.contains("the control group allows"))
    let small = try group.run("plan tables.yaml --set embeddings.dim=8", in: scratch.path)
    #expect(small.status == 0, "\(small.errors)")
  }

  @Test(.enabled(if: canMakeGroups, reason))
  func theDoctorIsContentInside() throws {
    let group = try #require(Group(cpus: 1, memory: 3 << 30))
    let result = try group.run("doctor", in: NSTemporaryDirectory())
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("1 threads on 1.0 CPUs"), "\(result.output)")
  }

  // MARK: A GPU's share

  @Test(arguments: [["recommend", "run", "--user", "1"], ["train", "small.yaml", "--out", "new"]])
  func theCPUHasNoShareOfAGPU(command: [String]) throws {
    let scratch = try SmallRun.copy()
    let result = try Program.run(
      command + ["--device", "cpu", "--gpu-memory-fraction", "0.5"], in: scratch.path)
    #expect(result.status == 5 && result.output.isEmpty)
    #expect(
      result.message.contains("--gpu-memory-fraction 0.5: the device is cpu, which has no GPU memory"),
      "\(result.errors)")
    for bad in ["0", "2", "nan"] {
      let wrong = try Program.run(
        command + ["--device", "cpu", "--gpu-memory-fraction", bad], in: scratch.path)
      #expect(wrong.status == 2)
      #expect(wrong.message.contains("expected a number above 0 and up to 1"), "\(wrong.errors)")
    }
  }
}
