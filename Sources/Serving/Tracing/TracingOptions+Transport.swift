import GRPCNIOTransportHTTP2Posix
import NIOCore

extension TracingOptions {
  var security: HTTP2ClientTransport.Posix.TransportSecurity {
    guard endpoint.isTLS else { return .plaintext }
    return .tls { configuration in
      if let authority = certificates.authority {
        configuration.trustRoots = .certificates([.file(path: authority, format: .pem)])
      }
      if let own = certificates.own, let key = certificates.key {
        configuration.certificateChain = [.file(path: own, format: .pem)]
        configuration.privateKey = .file(path: key, format: .pem)
      }
    }
  }
}

extension TracingOptions.Endpoint {
  var target: any ResolvableTarget {
    if host.contains(":") { return .ipv6(address: host, port: port) }
    if (try? NIOCore.SocketAddress(ipAddress: host, port: port)) != nil { return .ipv4(address: host, port: port) }
    return .dns(host: host, port: port)
  }
}
