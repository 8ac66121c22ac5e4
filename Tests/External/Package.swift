// swift-tools-version: 6.2
import PackageDescription

// A package of somebody else's, which knows SwiftRec as a checkout beside it.
let package = Package(
  name: "outside",
  dependencies: [.package(path: "swiftrec")],
  targets: [
    .executableTarget(name: "outside", dependencies: [.product(name: "SwiftRec", package: "swiftrec")])
  ]
)
