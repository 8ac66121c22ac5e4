import Environment
import Foundation
import Testing

@Suite struct EnvironmentLockTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  @Test func sectionsPinsAndComments() throws {
    let lock = try EnvironmentLock(
      parsing: "# what\n\n[python]\ntorch==2.13.0 # the engine\n  PyYAML == 6.0.3\r\n[debian.build]\nmake\n[empty]\n")
    #expect(lock.sections.map(\.name) == ["python", "debian.build", "empty"])
    #expect(lock.pins("python") == [.init("torch", "2.13.0"), .init("PyYAML", "6.0.3")])
    #expect(lock.pins("debian.build") == [.init("make")])
    #expect(lock.version(of: "torch", in: "python") == "2.13.0")
    #expect(lock.version(of: "make", in: "debian.build") == nil)
    #expect(lock.pins("empty").isEmpty && lock.pins("nowhere").isEmpty)
  }

  @Test(arguments: [
    ("torch==1\n", "environment.lock:1: received \"torch==1\" before any section"),
    ("[a]\n\nb==1==2\n", "environment.lock:3: received \"b==1==2\""),
    ("[a]\nb==\n", "environment.lock:2: received \"b==\""),
    ("[]\n", "environment.lock:1: received \"[]\""), ("[a\n", "environment.lock:1: received \"[a\""),
  ])
  func linesThatAreNone(text: String, message: String) throws {
    let error = try #require(throws: EnvironmentError.self) { _ = try EnvironmentLock(parsing: text) }
    #expect(error.message.hasPrefix(message), "\(error.message)")
  }

  @Test(arguments: [
    ("2.13.0", "2.13.0", true), ("2.13.0+cpu", "2.13.0", true), ("4:12.2.0-3", "12.2", true),
    ("1:1.2.13.dfsg-1", "1.2", true), ("3.11", "3.11", true), ("3.11.2", "3.11", true), ("2.13.0", "2.1", false),
    ("12.20.0", "12.2", false), ("2.13.1", "2.13.0", false), ("", "1", false), (":", "1", false),
  ])
  func versionsThatMeetAPin(version: String, pin: String, met: Bool) {
    #expect(EnvironmentLock.meets(version, pin) == met)
  }

  /// The text in the program is the file at the root: set-up and doctor read one thing.
  @Test func theProgramHoldsTheFile() throws {
    let file = try String(contentsOfFile: "\(Self.root)/environment.lock", encoding: .utf8)
    #expect(try EnvironmentLock.built() == EnvironmentLock(parsing: file))
    for (section, name) in [("python", "torch"), ("python", "python"), ("swift", "toolchain"), ("debian", "suite")] {
      #expect(try EnvironmentLock.built().version(of: name, in: section) != nil, "\(name)")
    }
  }

  // MARK: What is here

  /// A machine as a folder: Debian, and PyTorch in a virtual environment.
  private func machine(torch: String) throws -> (root: String, facts: TorchFacts) {
    let root = NSTemporaryDirectory() + "swiftrec-lock-\(UUID().uuidString)"
    let site = "/venv/lib/python3.11/site-packages"
    let files = [
      "etc/os-release": "PRETTY_NAME=\"Debian\"\nVERSION_CODENAME=bookworm\n",
      "var/lib/dpkg/status": """
      Package: g++
      Status: install ok installed
      Version: 4:12.2.0-3

      Package: make
      Status: deinstall ok config-files
      Version: 4.3-4.1
      """,
      "\(site)/numpy-2.4.6.dist-info/METADATA": "", "\(site)/pyyaml-6.0.2.dist-info/METADATA": "",
    ]
    for (name, text) in files {
      let path = URL(fileURLWithPath: "\(root)/\(name)")
      try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: path)
    }
    var facts = TorchFacts.gather()
    facts.build = torch
    facts.version = String(torch.prefix { $0 != "+" })
    facts.library = "\(site)/torch/lib"
    return (root, facts)
  }

  private let lock = """
    [swift]
    toolchain==1.0
    [torch]
    oldest==2.11
    newest==2.15
    [python]
    python==3.11
    torch==2.13.0
    numpy==2.4.6
    PyYAML==6.0.3
    absent==1.0
    [debian]
    suite==bookworm
    [debian.build]
    g++==12.2
    make==4.3
    """

  @Test func pinsBesideWhatIsSeen() throws {
    let (root, facts) = try machine(torch: "2.13.0+cpu")
    defer { try? FileManager.default.removeItem(atPath: root) }
    let found = LockedVersion.all(try EnvironmentLock(parsing: lock), torch: facts, root: root)
    let seen = found.map { "\($0.section) \($0.name) \($0.seen) \($0.met)" }
    #expect(
      seen == [
        "swift toolchain \(Release.swift) false", "python python 3.11 true", "python torch 2.13.0+cpu true",
        "python numpy 2.4.6 true", "python PyYAML 6.0.2 false", "debian suite bookworm true",
        "debian.build g++ 4:12.2.0-3 true",
      ])
  }

  @Test(arguments: [
    ("2.13.0+cpu", true, "are as environment.lock pins them"),
    ("2.12.1+cu130", true, "torch 2.12.1+cu130 (pinned 2.13.0)"),
    ("2.10.0+cpu", false, "SwiftRec is written for 2.11 to 2.15 and pins 2.13.0"),
    ("2.16.0", false, "PyTorch 2.16.0 is loaded"), ("unknown", true, "torch unknown (pinned 2.13.0)"),
  ])
  func theCheck(torch: String, ok: Bool, detail: String) throws {
    let (root, facts) = try machine(torch: torch)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let versions = LockedVersion.all(try .built(), torch: facts, root: root).filter { $0.name != "PyYAML" }
    let check = Probe.lock(facts, versions.filter { $0.section == "python" }).run()
    #expect(check.ok == ok)
    #expect(check.detail.contains(detail), "\(check.detail)")
    #expect(ok || check.remedy.contains("make setup"))
  }
}
