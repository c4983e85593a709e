//! Where somebody else finds a server that listens on all addresses of its machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Addresses for documentation (RFC 5737, section 3, and RFC 3849): they are routed as any other, and nobody has them.
const ELSEWHERE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const ELSEWHERE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

/// An address to send to. For all of the machine's that is the one which it would itself send from to other networks, or
/// loopback if it knows of none.
pub(super) fn reachable(listened: SocketAddr) -> SocketAddr {
    let any = listened.ip().to_canonical();
    if !any.is_unspecified() {
        return listened;
    }
    let (outward, loopback): (_, IpAddr) = match any {
        IpAddr::V4(_) => (outward_v4(), Ipv4Addr::LOCALHOST.into()),
        // Those of IPv4 are among all that there are.
        IpAddr::V6(_) => (outward_v6().or_else(outward_v4), Ipv6Addr::LOCALHOST.into()),
    };
    SocketAddr::new(outward.unwrap_or(loopback), listened.port())
}

fn outward_v4() -> Option<IpAddr> {
    outward(Ipv4Addr::UNSPECIFIED.into(), ELSEWHERE_V4.into())
}

fn outward_v6() -> Option<IpAddr> {
    outward(Ipv6Addr::UNSPECIFIED.into(), ELSEWHERE_V6.into())
}

/// What the machine would send from. Nothing is sent: to "connect" such a socket is to look up the route.
fn outward(any: IpAddr, elsewhere: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((elsewhere, 9)).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified()).then_some(own)
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use super::reachable;

    #[test]
    fn what_is_one_address_stays_it() {
        for one in ["127.0.0.1:80", "192.0.2.7:8080", "[::1]:443"] {
            let one: SocketAddr = one.parse().unwrap();
            assert_eq!(reachable(one), one);
        }
    }

    #[test]
    fn all_addresses_are_reached_at_one_of_them() {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let found = reachable(listener.local_addr().unwrap());
        assert!(!found.ip().is_unspecified());
        assert!(TcpStream::connect(found).is_ok(), "{found}");
        let all: SocketAddr = "[::]:80".parse().unwrap();
        assert!(!reachable(all).ip().is_unspecified());
    }
}
