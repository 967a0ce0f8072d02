# The IAM role Lightly-S3-farm-animals for Lightly, and what it may do in S3.
# Made by bucketlight.
#
# Terraform reads all .tf files of a folder as one: give this file a folder of
# its own, then run there: terraform init, terraform plan, terraform apply.
#
# The external ID is not in this file. Terraform asks for it, or takes it from
# the environment variable TF_VAR_external_id. It is part of the role's trust
# policy, and so it is kept in Terraform's state, readable: keep the state
# where only those read it who may know the external ID.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

variable "external_id" {
  description = "The external ID of the hand-off. It reaches you apart from this file."
  type        = string
  sensitive   = true
  nullable    = false

  validation {
    condition     = length(var.external_id) >= 10 && length(var.external_id) <= 1224 && can(regex("^[A-Za-z0-9_+=,.@:/-]+$", var.external_id))
    error_message = "An external ID has 10 or more letters, digits, and _ + = , . @ : / -."
  }
}

resource "aws_iam_role" "lightly" {
  name                 = "Lightly-S3-farm-animals"
  path                 = "/lightly/team/"
  permissions_boundary = "arn:aws:iam::111122223333:policy/edge/OfTheHouse"
  max_session_duration = 43200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "LightlyAssumesThisRole"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::916419735646:root"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "sts:ExternalId" = var.external_id
          }
        }
      },
    ]
  })
  tags = {
    "created-by" = "bucketlight"
    "created-on" = "2026-11-22"
    dataset      = "farm-animals"
  }
}

resource "aws_iam_role_policy" "lightly" {
  name = "Lightly-S3-farm-animals"
  role = aws_iam_role.lightly.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListPrefix"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::datalake"
        Condition = {
          StringLike = {
            "s3:prefix" = "projects/farm-animals/*"
          }
        }
      },
      {
        Sid      = "ReadPrefix"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::datalake/projects/farm-animals/*"
        Condition = {
          IpAddress = {
            "aws:SourceIp" = "203.0.113.0/24"
          }
        }
      },
      {
        Sid      = "ReadPrefixFromVpc"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::datalake/projects/farm-animals/*"
        Condition = {
          StringEquals = {
            "aws:SourceVpc" = "vpc-0a1b2c3d"
          }
        }
      },
      {
        Sid      = "UseKeyViaS3"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-central-1.amazonaws.com"
          }
        }
      },
      {
        Sid      = "OutputListPrefix"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::lake-out"
        Condition = {
          StringLike = {
            "s3:prefix" = "results/*"
          }
        }
      },
      {
        Sid      = "OutputReadPrefix"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::lake-out/results/*"
        Condition = {
          IpAddress = {
            "aws:SourceIp" = "203.0.113.0/24"
          }
        }
      },
      {
        Sid      = "OutputReadPrefixFromVpc"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::lake-out/results/*"
        Condition = {
          StringEquals = {
            "aws:SourceVpc" = "vpc-0a1b2c3d"
          }
        }
      },
      {
        Sid      = "OutputWritePrefix"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = "arn:aws:s3:::lake-out/results/*"
        Condition = {
          IpAddress = {
            "aws:SourceIp" = "203.0.113.0/24"
          }
        }
      },
      {
        Sid      = "OutputWritePrefixFromVpc"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = "arn:aws:s3:::lake-out/results/*"
        Condition = {
          StringEquals = {
            "aws:SourceVpc" = "vpc-0a1b2c3d"
          }
        }
      },
      {
        Sid      = "OutputDeletePrefix"
        Effect   = "Allow"
        Action   = "s3:DeleteObject"
        Resource = "arn:aws:s3:::lake-out/results/*"
        Condition = {
          IpAddress = {
            "aws:SourceIp" = "203.0.113.0/24"
          }
        }
      },
      {
        Sid      = "OutputDeletePrefixFromVpc"
        Effect   = "Allow"
        Action   = "s3:DeleteObject"
        Resource = "arn:aws:s3:::lake-out/results/*"
        Condition = {
          StringEquals = {
            "aws:SourceVpc" = "vpc-0a1b2c3d"
          }
        }
      },
      {
        Sid      = "OutputUseKeyViaS3"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.eu-central-1.amazonaws.com"
          }
        }
      },
    ]
  })
}

output "role_arn" {
  description = "Hand this back."
  value       = aws_iam_role.lightly.arn
}
