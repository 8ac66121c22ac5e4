import Features
import Foundation
import Testing
import Torch

@Suite struct NumPyFileTests {
  @Test func readsWhatNumPyWrites() throws {
    let dense = try NumPyReader(ColumnarGolden.path("dense.npy"))
    #expect(dense.type == .float32 && dense.shape == [7, 3] && dense.count == 7 && dense.width == 3)
    #expect(try dense.floats(0..<7) == (0..<21).map { Float($0) / 2 })
    #expect(try dense.floats(2..<3) == [3, 3.5, 4])
    #expect(try dense.floats(7..<7).isEmpty)
    let sparse = try NumPyReader(ColumnarGolden.path("sparse.npy"))
    #expect(try sparse.integers(2..<5) == [2_147_483_647, 5, 4, 4, 9, -2_147_483_648])
    #expect(try sparse.floats(0..<1) == [3, -1])
    #expect(try NumPyReader(ColumnarGolden.path("labels.npy")).integers(0..<7) == [0, 1, 0, 1, 0, 1, 0])
    #expect(try NumPyReader(ColumnarGolden.path("half.npy")).floats(6..<7) == [9, 9.5, 10])
    #expect(try NumPyReader(ColumnarGolden.path("cube.npy")).shape == [7, 3, 1])
  }

  @Test func writesBlockByBlock() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.npy"
    do {
      let unfinished = try NumPyWriter(path, .float32, width: 2)
      try unfinished.append([1, 2] as [Float])
    }
    #expect(folder.contents.isEmpty)
    let writer = try NumPyWriter(path, .int32, width: 2)
    try writer.append([1, 2, 3, 4] as [Int32])
    try writer.append([] as [Int32])
    try writer.append([5, -6] as [Int32])
    #expect(throws: DataError.self) { try writer.append([5] as [Int32]) }
    #expect(throws: DataError.self) { try writer.append([5, 6] as [Float]) }
    #expect(writer.count == 3)
    try writer.close()
    #expect(folder.contents == ["x.npy"])
    let reader = try NumPyReader(path)
    #expect(reader.shape == [3, 2])
    #expect(try reader.integers(0..<3) == [1, 2, 3, 4, 5, -6])
    try NumPyFile.write(try Tensor([1, 2, 3] as [Float]), to: "\(folder.path)/y.npy")
    #expect(try NumPyReader("\(folder.path)/y.npy").shape == [3])
    #expect(throws: FileError.self) { try NumPyWriter("\(folder.path)/none/x.npy", .float32, width: 1) }
  }

  @Test(.enabled(if: ColumnarGolden.python != nil, "skipped: .venv has no NumPy"))
  func numpyReadsIt() throws {
    let folder = try TemporaryFolder()
    let writer = try NumPyWriter("\(folder.path)/x.npy", .float32, width: 3)
    try writer.append([0.5, 1, 1.5, 2, 2.5, 3] as [Float])
    try writer.close()
    let process = Process()
    process.executableURL = URL(filePath: try #require(ColumnarGolden.python))
    process.arguments = [
      "-c",
      "import numpy, sys; a = numpy.load(sys.argv[1]); assert a.dtype == 'float32' and a.tolist() == [[.5, 1, 1.5], [2, 2.5, 3]]",
      "\(folder.path)/x.npy",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test(arguments: [("fortran", "Fortran"), ("bigendian", "dtype"), ("structured", "element type")])
  func refusesOtherLayouts(name: String, problem: String) throws {
    let path = ColumnarGolden.path("\(name).npy")
    let error = #expect(throws: DataError.self) { try NumPyReader(path) }
    #expect(error?.code == .wrongHeader && error?.file == path && error?.problem.contains(problem) == true)
  }

  @Test func refusesOtherTypesAndShapes() throws {
    let dense = try NumPyReader(ColumnarGolden.path("dense.npy"))
    try dense.require([.float32], width: 3)
    var error = #expect(throws: DataError.self) { try dense.require([.int32, .int64], width: 3) }
    #expect(error?.received == "<f4" && error?.remedy.contains("<i4 or <i8") == true)
    error = #expect(throws: DataError.self) { try dense.require([.float32], width: 4) }
    #expect(error?.received == "[7, 3]")
    #expect(throws: DataError.self) { try NumPyReader(ColumnarGolden.path("cube.npy")).require([.float32], width: 3) }
    #expect(throws: DataError.self) { try dense.integers(0..<1) }
    #expect(throws: DataError.self) { try dense.floats(0..<8) }
    #expect(throws: DataError.self) { try dense.floats(-1..<1) }
  }

  @Test func refusesDamagedFiles() throws {
    let folder = try TemporaryFolder()
    let bytes = try Array(Data(contentsOf: URL(filePath: ColumnarGolden.path("dense.npy"))))
    for count in [0, 5, 8, 11, 60, 128, bytes.count - 1] {
      let path = try folder.write("x.npy", Array(bytes[..<count]))
      let error = #expect(throws: DataError.self) { try NumPyReader(path) }
      #expect(error?.file == path, "\(count)")
      if count > 8 { #expect(error?.code == .truncatedFile, "\(count)") }
    }
    let long = try folder.write("x.npy", bytes + [0])
    #expect(throws: DataError.self) { try NumPyReader(long) }
    func header(_ text: String) throws -> String {
      try folder.write("x.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8))
    }
    for text in [
      "", "{}", "{'descr': '<f4', 'fortran_order': False, }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9), }",
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (0,), }", "{'descr': '<f4', 'shape': (0,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (a,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (0",
    ] {
      let path = try header(text)
      #expect(throws: DataError.self, "\(text)") { try NumPyReader(path) }
    }
    #expect(try NumPyReader(header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }")).count == 0)
  }
}
