//! Everything the program is told by its environment.

use std::error::Error;
use std::{env, fs};

pub struct Settings {
    pub database_url: String,
    pub redis_url: String,
    redis_password: String,
    jwt_secret: String,
    public_url: String,
    cors_origins: Vec<String>,
    bcrypt_cost: u32,
}

impl Settings {
    pub fn load() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            database_url: database_url()?,
            redis_url: env::var("REDIS_URL")?,
            redis_password: secret(&env::var("REDIS_PASSWORD_FILE")?)?,
            jwt_secret: secret(&env::var("JWT_SECRET_FILE")?)?,
            public_url: env::var("PUBLIC_URL").unwrap_or_else(|_| "http://localhost:3000".into()),
            cors_origins: env::var("CORS_ORIGINS")
                .map(|text| text.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            bcrypt_cost: env::var("BCRYPT_COST").ok().and_then(|text| text.parse().ok()).unwrap_or(12),
        })
    }

    /// What an operator may see of it.
    pub fn told(&self) -> String {
        format!(
            "{} for {} origins, cost {}, secrets of {} and {} bytes",
            self.public_url,
            self.cors_origins.len(),
            self.bcrypt_cost,
            self.redis_password.len(),
            self.jwt_secret.len()
        )
    }
}

/// The address of the database with the password of its own file.
fn database_url() -> Result<String, Box<dyn Error>> {
    let url = env::var("DATABASE_URL")?;
    let password = secret(&env::var("DATABASE_PASSWORD_FILE")?)?;
    Ok(url.replacen('@', &format!(":{password}@"), 1))
}

fn secret(path: &str) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(text.trim().to_owned())
}
