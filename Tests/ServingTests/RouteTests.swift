import HTTPTypes
import Serving
import Testing

@Suite struct RouteTests {
  @Test(arguments: [
    ("GET", "/v2", Route.server), ("GET", "/v2/health/ready", .ready),
    ("GET", "/v2/models/m", .model("m", version: nil)),
    ("POST", "/v2/models/m/versions/3/infer", .infer("m", version: "3")),
    ("GET", "/v2/models/stats", .statistics(nil, version: nil)),
    ("POST", "/v2/repository/models/m/load", .repositoryLoad("m")),
    ("POST", "/v1/models/m:predict", .predict("m", version: nil)),
    ("POST", "/v1/models/m/versions/2:predict", .predict("m", version: "2")),
    ("GET", "/v1/models/m", .modelStatus("m", version: nil)),
    ("GET", "/v1/recommend/a%2Fb%20c", .recommend("a/b c")), ("DELETE", "/v1/users/7/events", .deleteEvents("7")),
  ])
  func pathsAreFound(method: String, path: String, route: Route) throws {
    #expect(try Route(#require(HTTPRequest.Method(method)), path[...]) == route)
  }

  @Test(arguments: [
    ("GET", "/", 404), ("GET", "/v3", 404), ("GET", "/v1/recommend", 404), ("POST", "/v1/recommend/7", 405),
    ("GET", "/v1/recommend/%zz", 400), ("GET", "/v1/recommend/%ff", 400), ("GET", "/v1/models/m:explain", 404),
    ("GET", "/v2/models/m/versions", 404), ("PATCH", "/v1/events", 405),
  ])
  func othersAreRefused(method: String, path: String, status: Int) throws {
    let method = try #require(HTTPRequest.Method(method))
    #expect { try Route(method, path[...]) } throws: { ($0 as? ServingError)?.code.status == status }
  }
}
