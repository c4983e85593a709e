// Tomcat, embedded, with the form as Servlet's HttpServletRequest.getParts() hands it over.

import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.StringJoiner;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.IntrospectionUtils;

public class Server {
    public static void main(String[] directory) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory[0]);
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        // It is 50 otherwise; one that knows no such limit has none.
        IntrospectionUtils.setProperty(connector, "maxPartCount", "1000");
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", directory[0]);
        Wrapper upload = Tomcat.addServlet(context, "upload", new Upload());
        upload.setMultipartConfigElement(new MultipartConfigElement(directory[0]));
        upload.addMapping("/");
        tomcat.start();
        System.out.println(connector.getLocalPort());
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }

    static class Upload extends HttpServlet {
        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            // It would be the locale's.
            request.setCharacterEncoding("UTF-8");
            StringJoiner parts = new StringJoiner(",", "[", "]");
            for (Part part : request.getParts()) parts.add(said(part));
            String framing = request.getHeader("Transfer-Encoding") == null ? "length" : "chunked";
            response.setContentType("application/json");
            response.setCharacterEncoding("UTF-8");
            response.getWriter().print("{\"framing\":\"" + framing + "\",\"parts\":" + parts + "}");
        }
    }

    static String said(Part part) throws IOException {
        String measured = ",\"size\":" + part.getSize() + ",\"sha256\":" + quoted(sha256(part.getInputStream()));
        return "{\"name\":" + quoted(part.getName())
                + ",\"filename\":" + quoted(part.getSubmittedFileName())
                + ",\"content_type\":" + quoted(part.getContentType())
                + measured + "}";
    }

    static String sha256(InputStream content) throws IOException {
        try (content) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new DigestInputStream(content, digest).transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** As JSON. */
    static String quoted(String text) {
        if (text == null) return "null";
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') json.append('\\').append(c);
            else if (c < ' ') json.append(String.format("\\u%04x", (int) c));
            else json.append(c);
        }
        return json.append('"').toString();
    }
}
